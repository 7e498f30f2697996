// Key figures as cards: the number, what it says, and on demand how it is computed.
import { h } from "../ui/dom.js";
import { term } from "../ui/glossary.js";
import { figureText } from "../format.js";

// Receipts, expenditure and results of the sections are drawn above the cards, so they come last.
const FIRST = [
  "annual_result",
  "closing_result",
  "result_after_carry_overs",
  "real_operating_revenue",
  "real_operating_expenditure",
  "gross_saving",
  "gross_saving_rate",
  "net_saving",
  "management_saving",
  "equipment_expenditure",
  "staff_spending",
  "tax_receipts",
  "state_grants",
  "debt_service",
  "new_borrowing",
  "debt_outstanding",
  "debt_capacity_years",
];

/** A budget has no result yet: that is no news for its first cards. */
const opens = ({ id, group, status }) =>
  FIRST.includes(id) && !(group === "result" && status === "not_applicable");
const rank = ({ id }) => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length);

export function figureCards(app) {
  // A vote that only changes a budget has no figure of a whole one.
  if (app.summary.figures.length === 0) return null;
  const figures = [...app.summary.figures].sort((a, b) => rank(a) - rank(b));
  const [first, more] = [figures.filter(opens), figures.filter((each) => !opens(each))];
  return h(
    "section.bv-figures",
    { "aria-label": app.t("figures.title") },
    h("h3.bv-figure-title", app.t("figures.title")),
    app.summary.basis &&
      h("p.bv-summary", app.t("figures.basis", { amount: app.words.kind(app.summary.basis) })),
    h(
      "div.bv-cards",
      first.map((figure) => card(app, figure)),
    ),
    more.length > 0 &&
      h(
        "details.bv-data",
        { data: { key: "figures-more" } },
        h("summary", app.t("figures.more")),
        h(
          "div.bv-cards",
          more.map((figure) => card(app, figure)),
        ),
      ),
  );
}

/** The cards of these figures, in that order. */
export function cards(app, ids) {
  const found = ids.map((id) => app.summary.figures.find((each) => each.id === id)).filter(Boolean);
  return (
    found.length > 0 &&
    h(
      "div.bv-cards",
      found.map((figure) => card(app, figure)),
    )
  );
}

/** A tab with the cards of these figures below: posts are people, their cost is in the accounts. */
export const withFigures = (tab, ...ids) => ({
  ...tab,
  render: async (app) => [await tab.render(app), cards(app, ids)],
});

const absence = ({ status }) =>
  status === "not_applicable" ? "figures.senseless" : "figures.unknown";

/** Why there is no number, when it can be told. */
function reason({ summary, t }, { status, group, unit }) {
  if (status === "not_applicable")
    return t(`figures.why.${group === "result" ? "result" : "land"}`);
  const needsAnnex = unit === "years" || group === "debt";
  return status === "unknown" && needsAnnex && !summary.debt ? t("figures.why.debt") : null;
}

/** What the explanation of a figure does not say of every document. */
export const nuance = ({ t, summary }, { id, value }) =>
  id === "debt_outstanding" && value !== null && summary.document.kind !== "account"
    ? t("debt.without-new")
    : "";

function card(app, figure) {
  const { t, format, texts } = app;
  const text = texts.figures?.[figure.id] ?? { label: figure.id };
  const known = figure.value !== null;
  const perHead = known && figure.per_inhabitant !== null && figure.per_inhabitant !== undefined;
  return h(
    "article.bv-card",
    { data: { figure: figure.id, value: known ? String(figure.value) : "" } },
    h("h4.bv-card-title", text.term ? term(app, text.term, text.label) : text.label),
    h(
      `p.bv-card-value${known && figure.value < 0 ? ".bv-negative" : ""}`,
      known ? figureText(format, figure.unit, figure.value) : t(absence(figure)),
    ),
    !known && h("p.bv-card-head", reason(app, figure)),
    perHead &&
      h("p.bv-card-head", t("figures.head", { amount: format.euros(figure.per_inhabitant) })),
    text.explanation &&
      h("p.bv-card-text", [text.explanation, nuance(app, figure)].join(" ").trim()),
    text.formula &&
      h(
        "details.bv-how",
        { data: { key: `how:${figure.id}` } },
        h("summary", t("figures.how"), h("span.bv-hidden", ` – ${text.label}`)),
        h("p", text.formula),
        text.codes && h("p", `${t("figures.codes")} ${text.codes}`),
        text.source && h("p", `${t("figures.source")} ${text.source}`),
        known &&
          figure.unit === "EUR" &&
          h("p", `${t("figures.exact")} ${format.exact(figure.value)}`),
      ),
  );
}
