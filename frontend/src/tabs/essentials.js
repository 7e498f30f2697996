// The opening page: one sentence, receipts against expenditure, how 100 € are spent.
import { bars } from "../charts/bars.js";
import { colourAt } from "../charts/hierarchy.js";
import { balances, hundred, saved } from "../data/essentials.js";
import { sections } from "../data/cube.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";
import { term } from "../ui/glossary.js";
import { orderOf } from "../state.js";
import { negativeNote } from "../words.js";
import { changes } from "./changes.js";
import { figureCards } from "./figures.js";

export const choices = ({ summary }) => (summary.changes ? [] : ["words", "order", "amount"]);
export const heading = ({ summary }) => (summary.changes ? "changes" : "essentiel");

export function render(app) {
  const { summary, state } = app;
  if (summary.changes) return changes(app);
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

/** What the operating section of this kind of budget pays for. */
export const service = ({ document: { land_development: land, annex } }) =>
  land ? "land" : annex ? "annex" : "town";

function lead(app, parts) {
  const { t, format, summary, state } = app;
  const year = parts.filter(({ carried }) => !carried);
  const expenses = year.reduce((sum, part) => sum + part.expenses, 0);
  const people = summary.document.population;
  const one = (id) => year.find(({ section }) => section === id)?.expenses ?? 0;
  const strong = (words) => h("strong", words);
  const pieces = t(`lead.${app.tense}`, {
    year: summary.document.year || t("lead.year"),
    everyday: t(`everyday.${service(summary)}`),
  }).split(/(\{\w+\})/);
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
    savings(app),
    h(
      "p.bv-lead-scope",
      `${t(`scope.note.${state.order}`)} ${t("scope.amount", { amount: app.words.kind(state.amount) })} `,
      term(app, "reel", t("learn.order")),
    ),
  );
}

/** What the everyday leaves, and what becomes of it; nothing where a saving means nothing. */
function savings({ t, format, summary }) {
  const found = saved(summary);
  if (!found) return null;
  const { saving, repaid, net } = found;
  const amounts = {
    saving: format.compact(saving),
    repaid: format.compact(repaid),
    net: format.compact(Math.abs(net)),
  };
  const key = summary.document.kind === "account" ? "done" : "planned";
  return h("p", t(`saving.${key}.${net < 0 ? "lacking" : "left"}`, amounts));
}

function balanceChart(app, parts) {
  const { t, format, columns, palette, words } = app;
  const show = format.alike(parts.flatMap(({ receipts, expenses }) => [receipts, expenses]));
  const bar = (label, section, value, colour) =>
    barOf(format, show, t(label, { section: words.section(section) }), value, colour);
  const bothBars = parts.flatMap(({ section, receipts, expenses, result, carried }) =>
    carried
      ? [barOf(format, show, words.carried(section), result, palette.carried)]
      : [
          bar("balance.receipts", section, receipts, palette.receipt),
          bar("balance.expenses", section, expenses, palette.expense),
        ],
  );
  const sentence = parts
    .map(({ section, result, carried }) =>
      t(`balance.${carried ? "former." : ""}${signOf(result)}`, {
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
      columns.text(t("column.section"), ({ section, carried }) =>
        carried ? words.carried(section) : words.section(section),
      ),
      columns.cents(t("side.R"), ({ receipts }) => receipts),
      columns.cents(t("side.D"), ({ expenses }) => expenses),
      columns.cents(t("column.result"), ({ result }) => result),
    ],
    rows: parts,
  });
}

const signOf = (result) => (result === 0 ? "even" : result > 0 ? "surplus" : "deficit");

const barOf = (format, show, label, value, colour) => ({
  label,
  value,
  text: show(value),
  colour,
  tip: [label, format.exact(value)],
});

function hundredChart(app) {
  const { t, format, columns, summary, state, palette, words } = app;
  const filter = { direction: "D", order: orderOf(state) };
  const { posts, left } = hundred(summary, {
    axis: state.axis,
    filter,
    kind: state.amount,
    count: 7,
    others: words.others,
    naming: words.naming,
  });
  const bands = posts.map(({ label, value, share, euros, id }, i) => ({
    label,
    value: share,
    text: euros === 0 ? t("hundred.less") : format.euros(euros * 100),
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
      negativeNote(app, left),
      h(
        "button.bv-link",
        {
          type: "button",
          onclick: () => app.go({ tab: "repartition" }),
          data: { key: "hundred-more" },
        },
        t("hundred.more"),
      ),
    ].filter(Boolean),
    columns: [
      columns.text(t(`column.${app.axisUsed}`), ({ label }) => label),
      columns.cents(t("column.amount"), ({ value }) => value),
      columns.ratio(t("column.share"), ({ share }) => share),
      columns.count(t("hundred.column"), ({ euros }) => euros),
    ],
    rows: posts,
  });
}
