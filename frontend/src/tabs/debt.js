// What the body owes: how much, to whom, at what rates, until when. From the annex of loans.
import { bars } from "../charts/bars.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";
import { cards } from "./figures.js";

export const choices = [];

const FIGURES = [
  "debt_outstanding",
  "debt_capacity_years",
  "gross_saving",
  "management_saving",
  "debt_service",
  "debt_interest",
  "debt_repayment",
  "new_borrowing",
];

export function render(app) {
  const { t, summary } = app;
  const { debt } = summary;
  if (!debt) return explanation(t("debt.title"), t("debt.none"));
  return [
    h("p.bv-lead-sentence", sentence(app, debt)),
    amounts(app, debt),
    h(
      "div.bv-columns",
      shares(
        app,
        "terms",
        debt.terms.map((part) => ({ ...part, label: term(app, part) })),
      ),
      shares(app, "lenders", debt.lenders.map(named(app))),
      shares(app, "rates", debt.rates.map(named(app))),
      shares(app, "risks", debt.risks.map(risk(app))),
    ),
    cards(app, FIGURES),
  ];
}

const known = (value) => value !== null && value !== undefined;

/** The annex writes one debt at both ends of a year that repays capital: one date is wrong (T-ARI-007). */
const unmoved = ({ opening, closing, repaid }) =>
  known(opening) && opening !== 0 && opening === closing && repaid > 0;

/** What is owed, in sentences; each amount per inhabitant stands right after its amount. */
export function sentence({ t, format, summary }, debt) {
  const { year, population, kind } = summary.document;
  const capacity = summary.figures.find(({ id }) => id === "debt_capacity_years");
  const borrowed = summary.figures.find(({ id }) => id === "new_borrowing")?.value;
  const done = kind === "account";
  const owed = done ? debt.closing : debt.opening;
  const [amount, repaid] = [format.compact(owed), format.compact(debt.repaid)];
  return [
    known(owed) ? t(`debt.${done ? "closing" : "now"}`, { year, amount }) : t("debt.unknown"),
    known(owed) && population && t("debt.head", { amount: format.euros(owed / population) }),
    unmoved(debt)
      ? t(`debt.unmoved${borrowed > 0 ? ".borrowed" : ""}`, {
          repaid,
          borrowed: format.compact(borrowed),
        })
      : !done &&
        known(owed) &&
        known(debt.closing) &&
        t("debt.left", { left: format.compact(debt.closing) }),
    known(capacity?.value) && t("debt.capacity", { years: format.years(capacity.value) }),
  ]
    .filter(Boolean)
    .join(" ");
}

function amounts(app, debt) {
  const { t, format, columns, palette, summary } = app;
  const { year, kind } = summary.document;
  const done = kind === "account";
  const rows = [
    { label: t("debt.opening", { year }), value: debt.opening },
    { label: t("debt.end", { year }), value: debt.closing },
  ].filter(({ value }) => known(value));
  if (rows.length === 0) return null;
  const show = format.alike(rows.map(({ value }) => value));
  return chartBlock(app, {
    id: "debt",
    title: t("debt.title"),
    summary: t("debt.summary", { count: debt.loans, repaid: format.compact(debt.repaid) }),
    option: bars(
      rows.map(({ label, value }) => ({
        label,
        value,
        text: show(value),
        colour: palette.deficit,
        tip: [label, format.exact(value)],
      })),
    ),
    notes: [
      !done && known(debt.closing) && t("debt.without-new"),
      known(debt.average_rate) && t("debt.rate", { rate: format.rate(debt.average_rate) }),
      debt.guaranteed > 0 && t("debt.guaranteed", { amount: format.compact(debt.guaranteed) }),
      t("debt.source"),
    ].filter(Boolean),
    columns: [
      columns.text(t("column.date"), ({ label }) => label),
      columns.cents(t("column.amount"), ({ value }) => value),
    ],
    rows,
  });
}

const named =
  ({ t }) =>
  (part) => ({ ...part, label: part.code === "" ? t("debt.untold") : part.label });
const risk =
  ({ t }) =>
  (part) => ({
    ...part,
    label: part.code ? t("debt.risk", { code: part.code }) : t("debt.untold"),
  });

export function term({ t }, { from, to }) {
  if (!known(from)) return t("debt.untold");
  if (!known(to)) return t("debt.term.more", { from });
  return from === 0 ? t("debt.term.under", { count: to }) : t("debt.term", { from, to });
}

/** How the outstanding debt is shared out; the parts add up to it. */
function shares(app, id, parts) {
  const { t, format, columns, palette } = app;
  const whole = parts.reduce((sum, { amount }) => sum + amount, 0);
  if (whole <= 0) return null;
  const share = ({ amount }) => amount / whole;
  const show = format.alike(parts.map(({ amount }) => amount));
  return chartBlock(app, {
    id: `debt-${id}`,
    title: t(`debt.${id}`),
    summary: t(`debt.${id}.says`),
    option: bars(
      parts.map((part) => ({
        label: part.label,
        value: part.amount,
        text: `${show(part.amount)} · ${format.percent(share(part))}`,
        colour: palette.deficit,
        tip: [part.label, format.exact(part.amount)],
      })),
    ),
    columns: [
      columns.text(t(`debt.${id}.column`), ({ label }) => label),
      columns.cents(t("column.amount"), ({ amount }) => amount),
      columns.ratio(t("column.share"), share),
    ],
    rows: parts,
    total: { label: t("total"), amount: whole },
  });
}
