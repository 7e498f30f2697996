// The same figure beside similar bodies, per inhabitant.
import { bars } from "../charts/bars.js";
import { comparable, ranking as ranked, standing, withAverage } from "../data/comparison.js";
import { unitOf } from "../format.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { listed } from "../ui/controls.js";
import { h } from "../ui/dom.js";

export const choices = [];
const PREFERRED = ["real_operating_expenditure", "operating_expenditure"];
const MOST = 30;
const REASONS = new Set([
  "annex",
  "no-population",
  "not-a-budget-dataset",
  "partial-stage",
  "alone",
]);

export async function render(app) {
  const { t, words } = app;
  const answer = await app.load(app.urls.similar);
  const known = comparable(answer);
  const others = (answer.bodies ?? []).length;
  if (!answer.self || known.length === 0)
    return explanation(
      t("compare.title"),
      t(`compare.reason.${REASONS.has(answer.reason) ? answer.reason : "nothing"}`),
    );
  const figure = known.includes(app.state.measure)
    ? app.state.measure
    : (PREFERRED.find((id) => known.includes(id)) ?? known[0]);
  const options = words.figureChoices(known);
  return [
    h("p.bv-note", criteria(app, answer, others)),
    h(
      "div.bv-controls",
      listed(
        { key: "measure", label: t("evolution.measure"), value: figure, options },
        (key, value) => app.go({ measure: value }),
      ),
    ),
    picture(app, answer, figure),
  ];
}

function criteria({ t, format }, { criteria: asked = {}, reason }, others) {
  if (others === 0 || reason === "alone") return t("compare.reason.alone");
  const kind = t(asked.nature ? `nature.${asked.nature}` : `body.${asked.body_kind}`);
  if (asked.norm)
    return t("compare.criteria.annex", { count: others, norm: asked.norm, year: asked.year });
  const range = asked.population_max
    ? t("compare.range", {
        min: format.integer(asked.population_min),
        max: format.integer(asked.population_max),
      })
    : t("compare.range.open", { min: format.integer(asked.population_min) });
  return t("compare.criteria", {
    count: others,
    kind,
    range,
    year: asked.year,
    stage: asked.stage,
  });
}

function picture(app, answer, figure) {
  const { t, format, columns, palette, words } = app;
  const unit = unitOf(figure);
  const rate = unit !== "EUR";
  const show = { EUR: format.euros, bp: format.points, years: format.years }[unit];
  const all = ranked(answer, figure);
  const place = standing(all, answer.median?.[figure]);
  const title = rate ? words.figure(figure) : t("compare.head", { figure: words.figure(figure) });
  if (all.length === 0) return explanation(title, t("evolution.unknown"));
  const average = answer.averages?.[figure];
  const shown = withAverage(
    around(all, MOST),
    average && { ...average, name: t("compare.average") },
  );
  const median = answer.median?.[figure];
  return chartBlock(app, {
    id: "compare",
    title,
    summary: sentence(app, { place, show, median, rate }),
    option: bars(
      shown.map((body) => ({
        label: body.name,
        value: body.value,
        text: show(body.value),
        colour: body.own
          ? palette.own
          : body.source === undefined
            ? palette.other
            : palette.series[2],
        strong: body.own,
        tip: [
          body.name,
          show(body.value),
          body.population && t("people", { count: format.integer(body.population) }),
        ],
      })),
      {
        marker:
          median === null || median === undefined
            ? null
            : { value: median, label: t("compare.median", { value: show(median) }) },
      },
    ),
    notes: [
      average && averageNote(app, average, show),
      all.length > MOST && t("compare.cut", { count: MOST, total: all.length }),
    ].filter(Boolean),
    columns: [
      columns.text(t("column.body"), ({ name }) => name, linked),
      columns.count(t("column.population"), ({ population }) => population),
      { EUR: columns.cents, bp: columns.points, years: columns.years }[unit](
        t(rate ? "column.rate" : "column.head"),
        ({ value }) => value,
      ),
    ],
    rows: withAverage(all, average && { ...average, name: t("compare.average") }),
  });
}

/** Where the average comes from: the document itself, or the table that was imported. */
const averageNote = ({ t }, { value, year, source }, show) =>
  t(source ? "compare.average.imported" : "compare.average.printed", {
    value: show(value),
    year,
    source,
  });

const linked = (name, { url }) => (url ? h("a", { href: url, target: "_top" }, name) : name);

/** The bodies nearest in the ranking, with our own among them. */
function around(all, count) {
  const own = Math.max(
    0,
    all.findIndex((body) => body.own),
  );
  const start = Math.max(0, Math.min(own - Math.floor(count / 2), all.length - count));
  return all.slice(start, start + count);
}

function sentence({ t, format, whose }, { place, show, median, rate }) {
  if (!place) return t("compare.unknown");
  const said = {
    name: whose,
    value: show(place.value),
    rank: place.rank,
    count: place.count,
  };
  if (place.count === 1) return t(rate ? "compare.only.rate" : "compare.only", said);
  const parts = [t(rate ? "compare.place.rate" : "compare.place", said)];
  if (median !== null && median !== undefined) {
    const gap = format.percent(Math.abs(place.gap ?? 0));
    parts.push(t(`compare.${besideMedian(place, rate)}`, { gap, median: show(median) }));
  }
  return parts.join(" ");
}

/** How the gap to the median is said; one that rounds to nothing is not said. */
function besideMedian({ gap }, rate) {
  if (rate || gap === null || Math.abs(gap) < 0.0005) return "median.plain";
  return gap > 0 ? "above" : "below";
}
