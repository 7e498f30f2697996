// The opening page: one sentence, receipts against expenditure, how 100 € are spent.
import { bars } from "../charts/bars.js";
import { colourAt } from "../charts/hierarchy.js";
import { balances, hundred } from "../data/essentials.js";
import { sections } from "../data/cube.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";
import { term } from "../ui/glossary.js";
import { orderOf } from "../state.js";
import { figureCards } from "./figures.js";

export const choices = ["order", "amount"];

export function render(app) {
  const { summary, state } = app;
  const parts = balances(summary, {
    order: orderOf(state),
    kind: state.amount,
    sections: sections(summary),
  });
  if (parts.every(({ receipts, expenses }) => receipts === 0 && expenses === 0)) {
    return [explanation(app.t("balance.title"), app.t("empty.scope")), figureCards(app)];
  }
  return [
    lead(app, parts),
    h("div.bv-columns", balanceChart(app, parts), hundredChart(app)),
    figureCards(app),
  ];
}

function lead(app, parts) {
  const { t, format, summary, state } = app;
  const expenses = parts.reduce((sum, part) => sum + part.expenses, 0);
  const people = summary.document.population;
  const one = (id) => parts.find(({ section }) => section === id)?.expenses ?? 0;
  const strong = (words) => h("strong", words);
  const pieces = t(`lead.${app.tense}`, { year: summary.document.year || t("lead.year") }).split(
    /(\{\w+\})/,
  );
  const values = {
    "{total}": strong(format.compact(expenses)),
    "{running}": strong(format.compact(one("F"))),
    "{investing}": strong(format.compact(one("I"))),
  };
  const perHead =
    people && app.tense !== "changed"
      ? ` ${t("lead.head", { amount: format.euros(expenses / people), people: format.integer(people) })}`
      : "";
  return h(
    "div.bv-lead",
    h(
      "p.bv-lead-sentence",
      pieces.map((piece) => values[piece] ?? piece),
      perHead,
    ),
    h(
      "p.bv-lead-scope",
      `${t(`scope.note.${state.order}`)} ${t("scope.amount", { amount: app.words.kind(state.amount) })} `,
      term(app, "reel", t("learn.order")),
    ),
  );
}

function balanceChart(app, parts) {
  const { t, format, columns, palette, words } = app;
  const bar = (label, section, value, colour) =>
    barOf(format, t(label, { section: words.section(section) }), value, colour);
  const bothBars = parts.flatMap(({ section, receipts, expenses }) => [
    bar("balance.receipts", section, receipts, palette.receipt),
    bar("balance.expenses", section, expenses, palette.expense),
  ]);
  const sentence = parts
    .map(({ section, result }) =>
      t(result === 0 ? "balance.even" : result > 0 ? "balance.surplus" : "balance.deficit", {
        section: words.section(section).toLowerCase(),
        amount: format.compact(Math.abs(result)),
      }),
    )
    .join(" ");
  return chartBlock(app, {
    id: "balance",
    title: t("balance.title"),
    summary: sentence,
    option: bars(bothBars),
    columns: [
      columns.text(t("column.section"), ({ section }) => words.section(section)),
      columns.cents(t("side.R"), ({ receipts }) => receipts),
      columns.cents(t("side.D"), ({ expenses }) => expenses),
      columns.cents(t("column.result"), ({ result }) => result),
    ],
    rows: parts,
  });
}

const barOf = (format, label, value, colour) => ({
  label,
  value,
  text: format.compact(value),
  colour,
  tip: [label, format.exact(value)],
});

function hundredChart(app) {
  const { t, format, columns, summary, state, palette, words } = app;
  const filter = { direction: "D", order: orderOf(state) };
  const posts = hundred(summary, {
    axis: state.axis,
    filter,
    kind: state.amount,
    count: 7,
    others: words.others,
  });
  const spoken = (share) =>
    t("hundred.euros", { amount: format.euros(Math.round(share * 100) * 100) });
  const bands = posts.map(({ label, value, share, id }, i) => ({
    label,
    value: share,
    text: share < 0.005 ? t("hundred.less") : spoken(share),
    colour: id === "other" ? palette.other : colourAt(palette, i),
    tip: [label, format.exact(value), format.percent(share)],
  }));
  const title = t(`hundred.title.${app.tense}`);
  if (posts.length === 0) return explanation(title, t("empty.scope"));
  return chartBlock(app, {
    id: "hundred",
    title,
    summary: t("hundred.summary", {
      posts: words.leaders(
        posts,
        posts.reduce((sum, { value }) => sum + value, 0),
      ),
    }),
    option: bars(bands),
    notes: [
      h(
        "button.bv-link",
        {
          type: "button",
          onclick: () => app.go({ tab: "repartition" }),
          data: { key: "hundred-more" },
        },
        t("hundred.more"),
      ),
    ],
    columns: [
      columns.text(t(`column.${app.axisUsed}`), ({ label }) => label),
      columns.cents(t("column.amount"), ({ value }) => value),
      columns.ratio(t("column.share"), ({ share }) => share),
    ],
    rows: posts,
  });
}
