(function () {
  const HOME = {{ home | tojson }};
  const YEAR = {{ year | tojson }};
  const LAYERS = [{% for one in layers %}
    [{{ one.id | tojson }}, {{ one.kind | tojson }}, {{ one.stage | tojson }}],{% endfor %}
  ];
  const edge = new ol.style.Stroke({ color: "#343a40", width: 1 });

  // The size of a dot grows with the population, as on the portal's own map.
  function style(published, population) {
    const fill = new ol.style.Fill({ color: published ? "#034e7b" : "#f1eef6" });
    const radius = Math.min(12, 3 + Math.sqrt(population || 0) / 40);
    return new ol.style.Style({
      fill: fill, stroke: edge, image: new ol.style.Circle({ radius: radius, fill: fill, stroke: edge })
    });
  }

  function add(id, path, question, styles, items) {
    if (mviewer.customLayers[id]) return; // this script is asked once for each layer
    const url = HOME + path + ".geojson?" + new URLSearchParams({ exercice: YEAR, ...question });
    const source = new ol.source.Vector({ url: url, format: new ol.format.GeoJSON() });
    new CustomLayer(id, new ol.layer.Vector({ source: source, style: styles }), { items: items });
  }

  const published = (feature) => style(feature.get("publie"), feature.get("population"));
  LAYERS.forEach(([id, type, etape]) => add(id, "", { type, etape }, published, [
    { label: {{ _('Published') | tojson }}, geometry: "Point", styles: [style(true, 10000)] },
    { label: {{ _('Not published') | tojson }}, geometry: "Point", styles: [style(false, 10000)] }
  ]));
  const line = new ol.style.Style({ stroke: edge });
  add({{ outlines | tojson }}, "/departements", { type: "commune", etape: "BP" }, line,
    [{ label: {{ _('Départements') | tojson }}, geometry: "LineString", styles: [line] }]);
})();
