// Voted and realised: chapter by chapter, with the rate and what is carried over.
import { bars } from "../charts/bars.js";
import { columns as kindsOf, rows as rowsOf } from "../data/execution.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";
import { ranking } from "../ui/ranking.js";
import { term } from "../ui/glossary.js";
import { trail } from "../ui/trail.js";
import { orderOf } from "../state.js";

export const choices = ["direction", "section", "words", "order"];

export function render(app) {
  const { t, summary, state, words } = app;
  const kinds = kindsOf(summary);
  const filter = {
    section: state.section,
    direction: state.direction || "D",
    order: orderOf(state),
  };
  const scope = words.scope({ ...filter, order: state.order });
  const {
    rows,
    trail: found,
    total,
  } = rowsOf(summary, {
    filter,
    kinds,
    path: state.path,
    naming: words.naming,
  });
  const title =
    found.length > 1
      ? found[found.length - 1].label
      : t(kinds.forecast ? "execution.title.forecast" : "execution.title", { scope });
  if (rows.length === 0) return [forecastNote(app, kinds), explanation(title, t("empty.scope"))];
  const go = (path) => app.go({ path });
  const steps = found.map((node, i) => ({
    label: i ? node.label : scope,
    path: found.slice(1, i + 1).map(({ id }) => id),
  }));
  return [
    forecastNote(app, kinds),
    trail(t, steps, go),
    picture(app, { kinds, rows, total, title, go, path: steps[steps.length - 1]?.path ?? [] }),
  ];
}

function forecastNote(app, kinds) {
  if (!kinds.forecast) return null;
  const { t, summary } = app;
  const stage = app.words.stage({ ...summary.document, year: null }).toLowerCase();
  return h(
    "p.bv-note",
    t(kinds.voted ? "execution.forecast" : "execution.forecast.alone", { stage }),
    " ",
    term(app, "ca", t("learn.realised")),
  );
}

function picture(app, { kinds, rows, total, title, go, path }) {
  const { t, format, words } = app;
  const show = format.alike(rows.flatMap(({ voted, realised }) => [voted, realised]));
  const open = (row) => (row.inner ? () => go([...path, row.id]) : null);
  const names = {
    voted: kinds.voted && words.kind(kinds.voted),
    realised: words.kind(kinds.realised),
    remainders: kinds.remainders && words.kind(kinds.remainders),
  };
  return [
    chartBlock(app, {
      id: "execution",
      title,
      summary: sentence(app, { kinds, rows, total }),
      before: legend(app, kinds, names),
      option: bars(rows.map((row) => bar(app, row, { kinds, names, path, show }))),
      onSelect: ({ datum }) => datum && go(datum),
      notes: kinds.voted ? [t(kinds.forecast ? "execution.note.forecast" : "execution.note")] : [],
      columns: columnsOf(app, kinds, names),
      rows,
      total: { ...total, label: t("total") },
    }),
    rows.some(({ inner }) => inner) &&
      h(
        "details.bv-data",
        { data: { key: "execution-open" } },
        h("summary", t("execution.open")),
        ranking(
          title,
          rows.map((row) => ({
            key: row.id,
            label: row.label,
            code: row.code,
            colour: app.palette.receipt,
            value: show(row.realised),
            share: rateText(app, row, kinds),
            width: Math.max(0, Math.min(1, row.rate ?? 0)) * 100,
            open: open(row),
          })),
        ),
      ),
  ];
}

function rateText({ format, t }, row, kinds) {
  if (!kinds.voted) return "";
  if (row.rate === null) return t(kinds.forecast ? "execution.new" : "execution.no-rate");
  return kinds.forecast ? signed(format, row.rate - 1) : format.percent(row.rate);
}

const signed = (format, ratio) => `${ratio > 0 ? "+" : ""}${format.percent(ratio)}`;

function bar(app, row, { kinds, names, path, show }) {
  const { format, palette, t } = app;
  const rate = rateText(app, row, kinds);
  return {
    label: row.label,
    value: row.realised,
    text: rate ? `${show(row.realised)} · ${rate}` : show(row.realised),
    colour: palette.receipt,
    soft: kinds.voted ? { value: row.voted, colour: palette.soft } : undefined,
    more: kinds.remainders ? { value: row.remainders, colour: palette.receipt } : undefined,
    datum: row.inner ? [...path, row.id] : undefined,
    tip: [
      row.label,
      kinds.voted && `${names.voted} : ${format.exact(row.voted)}`,
      `${names.realised} : ${format.exact(row.realised)}`,
      kinds.remainders && `${names.remainders} : ${format.exact(row.remainders)}`,
      row.inner && t("open"),
    ],
  };
}

function legend({ palette }, kinds, names) {
  const key = (words, style) =>
    words &&
    h(
      "li",
      h("span.bv-key", {
        "aria-hidden": "true",
        style: { "--colour": style.colour },
        class: `bv-key${style.hatched ? " bv-key-hatched" : ""}`,
      }),
      words,
    );
  return h(
    "ul.bv-legend",
    kinds.voted && key(names.voted, { colour: palette.soft }),
    key(names.realised, { colour: palette.receipt }),
    kinds.remainders && key(names.remainders, { colour: palette.receipt, hatched: true }),
  );
}

function sentence({ t, format }, { kinds, total }) {
  const values = {
    voted: format.compact(total.voted),
    realised: format.compact(total.realised),
    remainders: format.compact(total.remainders),
  };
  if (!kinds.voted) return t("execution.summary.alone", values);
  if (kinds.forecast)
    return t("execution.summary.forecast", {
      ...values,
      change: total.rate === null ? "–" : signed(format, total.rate - 1),
    });
  const text = t("execution.summary", { ...values, rate: format.percent(total.rate) });
  return total.remainders ? `${text} ${t("execution.summary.remainders", values)}` : text;
}

function columnsOf(app, kinds, names) {
  const { t, columns } = app;
  const rate = t(kinds.forecast ? "column.change" : "column.rate");
  return [
    columns.text(t("column.post"), ({ label }) => label),
    columns.code(t("column.code"), ({ code }) => code),
    kinds.voted && columns.cents(names.voted, ({ voted }) => voted),
    columns.cents(names.realised, ({ realised }) => realised),
    kinds.remainders && columns.cents(names.remainders, ({ remainders }) => remainders),
    kinds.voted && !kinds.forecast && columns.cents(t("column.left"), ({ left }) => left),
    kinds.voted &&
      columns.ratio(
        rate,
        (row) => row.rate,
        (_, row) => rateText(app, row, kinds),
      ),
  ].filter(Boolean);
}
