// The ratios of the law: ours, those that the document prints, the averages of its stratum. One unit in each
// picture.
import { bars } from "../charts/bars.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";

export const choices = [];

const UNITS = ["EUR", "bp", "years"];

export function render(app) {
  const { t, summary } = app;
  const ratios = summary.legal_ratios ?? [];
  if (ratios.length === 0) return explanation(t("ratios.title"), t("ratios.none"));
  return [
    h("p.bv-lead-sentence", sentence(app, ratios)),
    UNITS.map((unit) => block(app, unit, ratios)),
    ratios.every(({ average }) => average === null) && h("p.bv-note", t("ratios.no-average")),
  ];
}

export function sentence({ t }, ratios) {
  const computed = ratios.filter(({ value }) => value !== null).length;
  const compared = ratios.filter(({ agrees }) => agrees !== null);
  const equal = compared.filter(({ agrees }) => agrees).length;
  return [
    t("ratios.computed", { count: computed, all: ratios.length }),
    compared.length
      ? `${t("ratios.printable", { count: compared.length })} ${t("ratios.same", { count: equal })}`
      : t("ratios.not-printed"),
  ].join(" ");
}

function block(app, unit, ratios) {
  const { t, format, columns, palette, texts } = app;
  const rows = ratios.filter((ratio) => ratio.unit === unit);
  const show = { EUR: format.euros, bp: format.rate, years: format.years }[unit];
  const kind = { EUR: columns.cents, bp: columns.points, years: columns.years }[unit];
  const told = (value) => (value === null ? t("ratios.unknown") : show(value));
  const said = (value) => (value === null ? t("ratios.unprinted") : show(value));
  const label = ({ id, number }) =>
    [number ? `${number}.` : "", texts.ratios?.[id]?.label ?? id].filter(Boolean).join(" ");
  const drawn = rows.filter(({ value }) => value !== null);
  const title = t(`ratios.${unit}`);
  const table = [
    columns.text(t("ratios.ratio"), label),
    kind(t("ratios.value"), ({ value }) => value, told),
    kind(t("ratios.printed"), ({ printed }) => printed, said),
    kind(t("ratios.average"), ({ average }) => average, said),
    columns.text(t("ratios.agrees"), (ratio) => agreement(app, ratio)),
    columns.text(t("ratios.formula"), ({ id }) => texts.ratios?.[id]?.formula ?? ""),
  ];
  if (rows.length === 0) return null;
  if (drawn.length === 0)
    return explanation(title, t(app.summary.document.annex ? "ratios.annex" : "ratios.untold"));
  const averaged = drawn.some(({ average }) => average !== null);
  return chartBlock(app, {
    id: `ratios-${unit.toLowerCase()}`,
    title,
    summary: t("ratios.summary", { first: label(drawn[0]), value: show(drawn[0].value) }),
    before:
      averaged &&
      h(
        "ul.bv-legend",
        legend(palette.receipt, t("ratios.value")),
        legend(palette.soft, t("ratios.average")),
      ),
    option: bars(
      drawn.map((ratio) => ({
        label: label(ratio),
        value: ratio.value,
        text: show(ratio.value),
        colour: palette.receipt,
        soft: ratio.average === null ? undefined : { value: ratio.average, colour: palette.soft },
        tip: [
          label(ratio),
          `${t("ratios.value")} : ${told(ratio.value)}`,
          `${t("ratios.printed")} : ${said(ratio.printed)}`,
          `${t("ratios.average")} : ${said(ratio.average)}`,
        ],
      })),
    ),
    columns: table,
    rows,
    open: true,
  });
}

const legend = (colour, words) =>
  h("li", h("span.bv-key", { "aria-hidden": "true", style: { "--colour": colour } }), words);

function agreement({ t, texts }, { agrees, readings }) {
  if (agrees === null) return "";
  if (agrees) return t("ratios.equal");
  const why = readings.map((name) => texts.readings?.[name] ?? name).join(", ");
  return why ? t("ratios.differs.why", { why }) : t("ratios.differs");
}
