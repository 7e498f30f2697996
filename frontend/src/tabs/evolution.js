// The same budget over its years and stages.
import { years as chart } from "../charts/years.js";
import { bounds, chapters, constantEuros, measures, series, years } from "../data/evolution.js";
import { readable, unitOf } from "../format.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { listed, segmented } from "../ui/controls.js";
import { h } from "../ui/dom.js";

export const choices = [];
const FORMER = new Set(["001", "002"]);

/** Whether every document tells its inhabitants. */
const peopled = (documents) => documents.every(({ population }) => population > 0);
const PREFERRED = ["real_operating_expenditure", "operating_expenditure", "gross_saving"];

export async function render(app) {
  const { t } = app;
  const answer = await app.load(app.urls.history);
  const documents = answer.documents ?? [];
  if (documents.length === 0) return explanation(t("evolution.title"), t("evolution.none"));
  const known = measures(documents);
  const measure = chosen(app, documents, known);
  if (!measure)
    return [
      explanation(t("evolution.title"), t("evolution.unknown")),
      documentList(app, documents),
    ];
  const { prices } = answer;
  const constant = unitOf(measure) === "EUR" ? constantEuros(documents, prices) : null;
  const state = { measure, documents, labels: answer.labels ?? {}, constant, prices };
  return [
    picker(app, state, known),
    alone(app, documents),
    pending(app, answer),
    picture(app, state),
    documentList(app, documents),
  ];
}

function chosen({ state }, documents, known) {
  const all = [...known, ...chapters(documents).map(({ id }) => id)];
  if (all.includes(state.measure)) return state.measure;
  return PREFERRED.find((id) => known.includes(id)) ?? all[0];
}

/** Figures by what they speak of, then chapters by section and side. */
function picker(app, { documents, labels, measure, constant }, known) {
  const { t, words, texts } = app;
  const options = [
    ...words.figureChoices(known),
    ...chapters(documents).map(({ id, section, direction, code }) => ({
      value: id,
      label: `${code} – ${readable(labels[code] ?? "")}`,
      group: FORMER.has(code)
        ? texts.categories?.former_years?.label
        : words.scope({ section, direction, order: "all" }),
    })),
  ];
  const per = peopled(documents) &&
    unitOf(measure) === "EUR" && {
      key: "per",
      label: t("evolution.per"),
      value: app.state.per,
      options: ["", "head"].map((value) => ({ value, label: t(`per.${value || "all"}`) })),
    };
  const euros = constant && {
    key: "euros",
    label: t("evolution.euros"),
    value: app.state.euros,
    options: [
      { value: "", label: t("euros.current") },
      { value: "constant", label: t("euros.constant", { year: constant.base }) },
    ],
  };
  return h(
    "div.bv-controls",
    listed(
      { key: "measure", label: t("evolution.measure"), value: measure, options },
      (key, value) => app.go({ measure: value }),
    ),
    per && segmented(per, (key, value) => app.go({ per: value })),
    euros && segmented(euros, (key, value) => app.go({ euros: value })),
  );
}

const alone = ({ t }, documents) => documents.length === 1 && h("p.bv-note", t("evolution.alone"));
const pending = ({ t }, answer) =>
  answer.pending > 0 && h("p.bv-note", t("evolution.pending", { count: answer.pending }));

function picture(app, { documents, labels, measure, prices, ...known }) {
  const { t, columns, palette } = app;
  const unit = unitOf(measure);
  const perHead = unit === "EUR" && app.state.per === "head" && peopled(documents);
  const constant = app.state.euros === "constant" ? known.constant : null;
  const list = series(documents, measure, { additive: unit === "EUR", perHead, constant });
  const axis = years(documents);
  const name = nameOf(app, measure, labels);
  const head = perHead ? t("compare.head", { figure: name }) : name;
  const title = constant ? t("evolution.constant", { figure: head, year: constant.base }) : head;
  if (list.length === 0) return explanation(title, t("evolution.unknown"));
  const { points, years: inYears, compact, euros, axis: axisOf } = app.format;
  const short = { EUR: perHead ? euros : compact, bp: points, years: inYears }[unit];
  const stage = (id) => t(`stage.${id}`);
  const colours = {
    voted: palette.series[0],
    amended: palette.series[2],
    realised: palette.series[1],
    other: palette.series[3],
  };
  const amount = { EUR: columns.cents, bp: columns.points, years: columns.years }[unit];
  return chartBlock(app, {
    id: "evolution",
    title,
    summary: sentence(app, { list, axis, short, name: stage }),
    before: h(
      "ul.bv-legend",
      list.map(({ id }) =>
        h(
          "li",
          h("span.bv-key", { "aria-hidden": "true", style: { "--colour": colours[id] } }),
          stage(id),
        ),
      ),
    ),
    option: chart({
      axis,
      series: list,
      bounds: bounds(list),
      label: short,
      axisLabel: { EUR: perHead ? euros : axisOf, bp: points, years: inYears }[unit],
      name: stage,
      colours,
    }),
    notes: [
      ...gaps(app, axis, list),
      ...(constant
        ? [t("evolution.constant.note", { year: constant.base, source: prices.source })]
        : []),
    ],
    columns: [
      columns.text(t("column.year"), ({ year }) => String(year)),
      ...list.map(({ id, values }) => amount(stage(id), ({ at }) => values[at])),
    ],
    rows: axis.map((year, at) => ({ year, at })),
  });
}

function nameOf({ words }, measure, labels) {
  if (!measure.startsWith("chapter:")) return words.figure(measure);
  const [, section, direction, code] = measure.split(":");
  return `${code} – ${readable(labels[code] ?? "")} (${words.scope({ section, direction, order: "all" }).toLowerCase()})`;
}

function sentence({ t, format }, { list, axis, short, name }) {
  return list
    .map(({ id, values }) => {
      const known = values
        .map((value, i) => ({ value, year: axis[i] }))
        .filter(({ value }) => value !== null);
      const [first, last] = [known[0], known[known.length - 1]];
      const shared = { stage: name(id), value: short(last.value), year: last.year };
      if (first === last) return t("evolution.one", shared);
      const change = first.value > 0 ? format.percent(last.value / first.value - 1) : "–";
      return t("evolution.many", {
        ...shared,
        start: short(first.value),
        first: first.year,
        change: change.startsWith("−") ? change : `+${change}`,
      });
    })
    .join(" ");
}

function gaps({ t }, axis, list) {
  const missing = axis.filter((year, i) => list.every(({ values }) => values[i] === null));
  return missing.length ? [t("evolution.gaps", { years: missing.join(", ") })] : [];
}

function documentList(app, documents) {
  const { t } = app;
  const here = (each) => each.resource_id === app.options.resource_id;
  const items = documents.map((each) =>
    h(
      "li",
      h("a", { href: each.url, target: "_top" }, app.words.stage(each)),
      here(each) ? ` (${t("evolution.here")})` : "",
    ),
  );
  return h("section.bv-list", h("h3.bv-figure-title", t("evolution.documents")), h("ul", items));
}
