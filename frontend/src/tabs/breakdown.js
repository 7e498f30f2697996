// By policy or by nature: treemap or sunburst of one level, with its list and the way back.
import { colourOf, sunburst, treemap } from "../charts/hierarchy.js";
import { FORMER_YEARS, total } from "../data/cube.js";
import { drawable, tree, walk } from "../data/tree.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";
import { ranking } from "../ui/ranking.js";
import { trail } from "../ui/trail.js";
import { negativeNote } from "../words.js";
import { orderOf } from "../state.js";

export const choices = ["direction", "section", "axis", "words", "shape", "order", "amount"];

export function render(app) {
  const { t, summary, state, words } = app;
  const filter = {
    section: state.section,
    direction: state.direction || "D",
    order: orderOf(state),
  };
  const root = tree(summary, state.axis, filter, state.amount, words.naming);
  const found = walk(root, state.path);
  const here = found[found.length - 1];
  const scope = words.scope({ ...filter, order: state.order });
  const title = found.length > 1 ? here.label : t(`breakdown.title.${app.axisUsed}`, { scope });
  const go = (path) => app.go({ path });
  const steps = found.map((node, i) => ({
    label: i ? node.label : scope,
    path: found.slice(1, i + 1).map(({ id }) => id),
  }));
  const shown = here.children.length ? here.children : found.length > 1 ? [here] : [];
  if (shown.length === 0) return explanation(title, t("empty.scope"));
  return [
    noFunction(app),
    trail(t, steps, go),
    picture(app, { here, shown, title, root, path: steps[steps.length - 1].path, go }),
  ];
}

function noFunction({ t, summary }) {
  return summary.by_function ? null : h("p.bv-note", t("breakdown.no-function"));
}

function picture(app, { here, shown, title, root, path, go }) {
  const { t, format, columns, state, palette } = app;
  const { positive, negative, drawn } = drawable({ children: shown });
  const show = format.alike(shown.map(({ value }) => value));
  // A share means something only where nothing is taken away.
  const ratio = (value) => (negative.length ? null : value / here.value);
  const share = (value) => (negative.length ? "" : format.percent(ratio(value)));
  const draw = state.shape === "sunburst" ? sunburst : treemap;
  const describe = ({ name, value, code, inner }) => [
    name,
    format.exact(value),
    `${format.percent(value / drawn)} · ${t("of", { what: here.label || t("total") })}`,
    code && t("code", { code }),
    inner && t("open"),
  ];
  const block = {
    id: "breakdown",
    title,
    summary: sentence(app, { here, positive, root, drawn }),
    notes: [
      meaning(app, here),
      negativeNote(app, negative),
      formerNote(app),
      trimmedNote(app),
    ].filter(Boolean),
    columns: [
      columns.text(t("column.post"), ({ label }) => label),
      columns.code(t("column.code"), ({ code }) => code),
      columns.cents(t("column.amount"), ({ value }) => value),
      columns.ratio(t("column.share"), ({ value }) => ratio(value)),
    ],
    rows: shown,
    total: { label: t("total"), value: here.value },
  };
  const list = ranking(
    title,
    shown.map((node, i) =>
      entry(app, node, i, {
        share,
        show,
        most: shown[0].value,
        open: node !== here && node.children.length ? () => go([...path, node.id]) : null,
      }),
    ),
  );
  if (positive.length === 0) return explanation(title, t("breakdown.negative"), list);
  return chartBlock(app, {
    ...block,
    aside: h("div.bv-aside", list),
    option: draw(positive, { palette, describe, short: show }),
    onSelect: ({ path: steps, inner }) =>
      openable(positive, steps, inner) && go([...path, ...openable(positive, steps, inner)]),
  });
}

/** Steps to open for a clicked block: the block itself when it holds others, else what holds it. */
function openable(nodes, steps, inner) {
  const reached = inner ? steps : steps?.slice(0, -1);
  return reached?.length ? reached : null;
}

function entry({ palette }, node, i, { share, show, most, open }) {
  return {
    key: node.id,
    label: node.label,
    code: node.code,
    colour: node.value > 0 ? colourOf(palette, node, i) : palette.negative,
    value: show(node.value),
    share: share(node.value),
    width: (100 * Math.max(0, node.value)) / most,
    open,
  };
}

function sentence({ t, format, words }, { here, positive, root, drawn }) {
  const total = format.compact(here.value);
  if (positive.length === 0) return t("breakdown.negative");
  const posts = words.leaders(positive, drawn);
  if (here === root) return t("breakdown.summary", { total, posts });
  return t("breakdown.summary.inner", {
    post: here.label,
    total,
    share: format.percent(here.value / root.value),
    posts,
  });
}

/** What a plain category holds, in one sentence. */
const meaning = ({ texts }, { id }) => texts.categories?.[id?.slice(1)]?.meaning ?? null;

/** Results of former years are no real movement: said beside the real ones, a block among all. */
function formerNote({ t, format, state, summary }) {
  if (orderOf(state) !== "0") return null;
  const { section, direction } = state;
  const filter = { section, direction: direction || "D", order: FORMER_YEARS };
  const amount = total(summary, filter, state.amount);
  return amount ? t("carried.apart", { amount: format.compact(amount) }) : null;
}

function trimmedNote({ t, summary, axisUsed }) {
  const digits = summary.trimmed?.[axisUsed];
  return digits ? t("trimmed", { count: digits }) : null;
}
