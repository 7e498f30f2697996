// Where the money comes from, where it goes: the Sankey diagram and its list.
import { sankey } from "../charts/sankey.js";
import { total } from "../data/cube.js";
import { flows } from "../data/flows.js";
import { chartBlock, explanation } from "../ui/chartblock.js";
import { h } from "../ui/dom.js";
import { ranking } from "../ui/ranking.js";
import { trail } from "../ui/trail.js";
import { negativeNote } from "../words.js";
import { orderOf } from "../state.js";

export const choices = ["axis", "words", "order", "amount"];

const LEFT = new Set(["receipt", "deficit"]);

export function render(app) {
  const { t, format, columns, summary, state, palette, words } = app;
  const drawing = flows(summary, {
    order: orderOf(state),
    kind: state.amount,
    axis: state.axis,
    path: state.path,
    words,
  });
  const title = titleOf(app, drawing);
  if (drawing.links.length === 0) return explanation(title, t("empty.scope"));
  const go = (path) => app.go({ path });
  const opened = state.path.length > 1;
  const columnOf = columnsOf(drawing, opened, state.path[1]);
  const steps = [{ label: t("flows.all"), path: [] }, ...drawing.trail];
  const rows = drawing.nodes.filter(({ role, id }) => role !== "section" && id !== "open");
  return [
    drawing.trail.length
      ? trail(t, steps, go)
      : h("p.bv-hint", { tabindex: "-1", data: { landing: "" } }, t("flows.hint")),
    chartBlock(app, {
      id: "flows",
      title,
      summary: sentence(app, drawing, opened),
      option: sankey(drawing, {
        palette,
        short: format.alike(drawing.nodes.map(({ value }) => value)),
        columnOf,
        describe: (type, data) =>
          type === "edge" ? edgeTip(app, drawing, data) : nodeTip(app, data),
      }),
      onSelect: (node) => node.path && go(node.path),
      notes: [
        negativeNote(app, drawing.negatives, opened ? "negative.note" : "negative.flows"),
        drawing.saving && t("flows.saving", { amount: format.compact(drawing.saving) }),
        drawing.carried && t("flows.carried"),
      ].filter(Boolean),
      columns: [
        columns.text(t("column.side"), (node) => t(`role.${sideOf(node, drawing)}`)),
        columns.text(t("column.section"), ({ section }) => section && words.section(section)),
        columns.text(t("column.post"), ({ label }) => label),
        columns.cents(t("column.amount"), ({ value }) => value),
      ],
      rows,
    }),
    h("div.bv-columns", lists(app, drawing, rows, go)),
  ];
}

function titleOf({ t, state, words, summary }, drawing) {
  const step = drawing.trail[drawing.trail.length - 1];
  if (step && state.path.length > 1)
    return t(state.path[1] === "R" ? "flows.from" : "flows.to", { post: step.label });
  if (step) return t("flows.section", { section: words.section(state.path[0]).toLowerCase() });
  return t("flows.title", { year: summary.document.year });
}

/** Which column a node stands in: 0 left, 1 right, 2 between. */
function columnsOf(drawing, opened, direction) {
  if (!opened) {
    return (node) => (node.role === "section" ? 2 : sideOf(node, drawing) === "in" ? 0 : 1);
  }
  const [start, end] = direction === "R" ? [1, 0] : [0, 1];
  return ({ role, id }) => (role === "section" ? start : id === "open" ? 2 : end);
}

function sideOf(node, drawing) {
  if (node.role === "negative" || node.role === "carried")
    return drawing.links.some(({ source }) => source === node.id) ? "in" : "out";
  return LEFT.has(node.role) ? "in" : "out";
}

function sentence(app, drawing, opened) {
  const { t, format, words } = app;
  const side = (name) =>
    drawing.nodes.filter((node) => node.role === name).sort((a, b) => b.value - a.value);
  const add = (nodes) => nodes.reduce((sum, { value }) => sum + value, 0);
  if (opened) {
    const open = drawing.nodes.find(({ id }) => id === "open");
    const inner = drawing.nodes.filter(({ id, role }) => id !== "open" && role !== "section");
    return inner.length
      ? t("flows.opened", {
          post: open.label,
          total: format.compact(open.value),
          posts: words.leaders(inner, add(inner)),
        })
      : t("flows.single", { post: open.label, total: format.compact(open.value) });
  }
  const { summary, state } = app;
  const net = (direction) =>
    format.compact(
      total(
        summary,
        { section: state.path[0] ?? "", order: orderOf(state), direction, carried: false },
        state.amount,
      ),
    );
  const said = (name, posts, direction) =>
    posts.length
      ? t(`flows.${name}`, { total: net(direction), posts: words.leaders(posts, add(posts)) })
      : t(`flows.no-${name}`);
  return `${said("receipts", side("receipt"), "R")} ${said("expenses", side("expense"), "D")}`;
}

function nodeTip({ t, format }, node) {
  return [
    node.label,
    format.exact(node.value),
    node.code && t("code", { code: node.code }),
    node.path && t("open"),
  ];
}

function edgeTip({ t, format }, drawing, link) {
  if (link.saving) return [t("flows.saving.short"), format.exact(link.value)];
  const label = (id) => drawing.nodes.find((node) => node.id === id)?.label ?? "";
  return [`${label(link.source)} → ${label(link.target)}`, format.exact(link.value)];
}

/** The two sides as lists: every node can be opened from the keyboard. */
function lists(app, drawing, rows, go) {
  const { t, format, palette } = app;
  const show = format.alike(rows.map(({ value }) => value));
  return ["in", "out"].map((side) => {
    const mine = rows
      .filter((node) => sideOf(node, drawing) === side)
      .sort((a, b) => b.value - a.value);
    if (mine.length === 0) return null;
    const most = mine[0].value;
    const title = t(`role.${side}`);
    const items = mine.map((node) => ({
      key: node.id,
      label: node.label,
      code: node.code,
      colour: palette[node.role],
      value: show(node.value),
      width: (100 * node.value) / most,
      open: node.path ? () => go(node.path) : null,
      children: node.gathered?.map((each) => ({
        key: `${node.id}-${each.id}`,
        label: each.label,
        code: each.code,
        colour: palette[node.role],
        value: show(each.value),
        width: (100 * each.value) / most,
        open:
          node.id === "other"
            ? null
            : () => go([node.section, node.role === "receipt" ? "R" : "D", each.id]),
      })),
    }));
    return h("section.bv-list", h("h4", title), ranking(title, items));
  });
}
