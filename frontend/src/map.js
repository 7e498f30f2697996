// The map of progress: départements by share, and the bodies themselves, as outlines where those were
// imported, else as dots by size. No outside service unless the portal names a base map.
import L from "leaflet";
import "leaflet/dist/leaflet.css";
import { h } from "./ui/dom.js";

const TONES = ["#f1eef6", "#a6bddb", "#3690c0", "#034e7b"];
const LINE = { color: "#343a40", weight: 1, fillOpacity: 0.85 };

const SMALLEST = 2.5; // pixels of the radius of a dot

/** Small beginnings show: nothing, less than a tenth, less than a half, more. */
const tone = ({ publies, taux }) =>
  TONES[publies ? 1 + [10, 50].filter((from) => taux >= from).length : 0];

/** The radius of a dot grows with the logarithm of the population: 100 to 300,000 people, 2.5 to 9 px. */
const radius = (people) => SMALLEST + 1.9 * Math.max(0, Math.log10((people || 100) / 100));

const label = (...lines) =>
  h(
    "div",
    lines.filter(Boolean).map((line) => h("p.mb-0", line)),
  );

const link = (href, text) => h("a", { href }, text);

async function load(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

function drawn(collection) {
  return { ...collection, features: collection.features.filter((one) => one.geometry) };
}

function departments(collection, texts, page) {
  return L.geoJSON(drawn(collection), {
    style: (one) => ({ ...LINE, fillColor: tone(one.properties) }),
    onEachFeature: (one, layer) => {
      const { code, nom, publies, attendus, taux } = one.properties;
      const share = texts.of.replace("{published}", publies).replace("{expected}", attendus);
      layer.bindPopup(label(link(`${page}&departement=${code}`, nom), `${share} (${taux} %)`));
    },
  });
}

/** The layer of a figure says in which third each body is; the other layer, whether it published. */
const rank = ({ publie, tiers }) => (tiers === undefined ? (publie ? 3 : 0) : tiers || 0);

const bodyStyle = (properties) => ({
  ...LINE,
  color: rank(properties) ? TONES[3] : LINE.color,
  weight: 0.5,
  fillColor: TONES[rank(properties)],
});

const euros = (amount) =>
  new Intl.NumberFormat(document.documentElement.lang || "fr", {
    style: "currency",
    currency: "EUR",
  }).format(amount);

const value = ({ publie, tiers, euros_par_habitant: amount }, texts) => {
  if (tiers === undefined || !publie) return null;
  return amount === null ? texts.untold : texts.value.replace("{amount}", euros(amount));
};

/** Bodies that published come last: they lie over the others. */
function bodies(collection, texts) {
  const features = [...drawn(collection).features].sort(
    (one, other) => rank(one.properties) - rank(other.properties),
  );
  return L.geoJSON(
    { type: "FeatureCollection", features },
    {
      style: (one) => bodyStyle(one.properties),
      pointToLayer: (one, place) =>
        L.circleMarker(place, { radius: radius(one.properties.population) }),
      onEachFeature: (one, layer) => {
        const { nom, publie, adresse, etapes } = one.properties;
        const state = publie ? `${texts.published} (${etapes})` : texts.missing;
        const told = value(one.properties, texts);
        layer.bindPopup(() => label(nom, state, told, adresse && link(adresse, texts.open)));
      },
    },
  );
}

async function draw(element) {
  const texts = JSON.parse(element.dataset.texts);
  const map = L.map(element, {
    preferCanvas: true,
    scrollWheelZoom: false,
    zoomControl: false,
    attributionControl: Boolean(element.dataset.tiles),
  });
  L.control.zoom({ zoomInTitle: texts.zoomIn, zoomOutTitle: texts.zoomOut }).addTo(map);
  if (element.dataset.tiles) {
    L.tileLayer(element.dataset.tiles, { attribution: element.dataset.credit }).addTo(map);
  }
  try {
    const shares = departments(
      await load(element.dataset.departments),
      texts,
      element.dataset.page,
    );
    shares.addTo(map);
    if (shares.getLayers().length) map.fitBounds(shares.getBounds());
    const places = await load(element.dataset.bodies);
    if (places.features.some((one) => one.geometry)) {
      const layer = bodies(places, texts).addTo(map);
      shares.setStyle({ weight: 2, fillOpacity: 0.1 });
      if (element.dataset.department) map.fitBounds(layer.getBounds(), { maxZoom: 10 });
      for (const legend of document.querySelectorAll("[data-budget-legend]")) {
        legend.hidden = legend.dataset.budgetLegend !== "bodies";
      }
    }
    element.dataset.state = "ready";
  } catch {
    element.dataset.state = "failed";
    element.textContent = texts.failed;
  }
}

const element = document.getElementById("budget-map");
if (element) draw(element);
