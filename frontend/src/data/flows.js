// Where the money comes from and where it goes: nodes and links of a Sankey diagram that balances.
import { sections, total } from "./cube.js";
import { topOf, tree, walk } from "./tree.js";

const SHARE = 0.012; // nodes under this share of their side are gathered
const COUNT = 14;

/**
 * The diagram of a path: [] (everything), [section], or [section, direction, …ids of the tree].
 * Returns { nodes, links, trail, negatives, balance }. Each node: { id, role, label, value, path }
 * where `path` is what a click opens (null when there is nothing below). Links are positive cents.
 */
export function flows(summary, { order, kind, axis, path, words }) {
  const [section, direction, ...ids] = path;
  if (direction) return branch(summary, { order, kind, axis, section, direction, ids, words });
  return whole(summary, { order, kind, axis, section, words });
}

function whole(summary, { order, kind, axis, section, words }) {
  const drawing = { nodes: [], links: [], trail: [], negatives: [], balance: 0 };
  const shown = section ? [section] : sections(summary);
  for (const each of shown)
    side(drawing, summary, {
      order,
      kind,
      axis: "nature",
      section: each,
      direction: "R",
      words,
      alone: Boolean(section),
    });
  for (const each of shown)
    centre(drawing, summary, { order, kind, section: each, words, alone: Boolean(section) });
  for (const each of shown)
    side(drawing, summary, {
      order,
      kind,
      axis,
      section: each,
      direction: "D",
      words,
      alone: Boolean(section),
    });
  balance(drawing, summary, { order, kind, shown, words });
  if (section) drawing.trail = [{ label: words.section(section), path: [section] }];
  return withoutEmpty(drawing);
}

function centre(drawing, summary, { order, kind, section, words, alone }) {
  const value = Math.max(
    total(summary, { section, order, direction: "R" }, kind),
    total(summary, { section, order, direction: "D" }, kind),
  );
  const path = alone ? null : [section];
  drawing.nodes.push({
    id: section,
    role: "section",
    section,
    label: words.section(section),
    value,
    path,
  });
}

/**
 * Chapters or functions of one section and direction. A negative one is drawn on the other side.
 * A policy is one node, fed by every section.
 */
function side(drawing, summary, { order, kind, axis, section, direction, words, alone }) {
  const root = tree(summary, axis, { section, direction, order }, kind);
  const positive = root.children.filter(({ value }) => value > 0);
  const negative = root.children.filter(({ value }) => value < 0);
  const shared = axis === "function" && direction === "D" && !alone;
  const shown = shared
    ? positive
    : topOf(positive, { count: COUNT, share: SHARE, label: othersOf(words, section, alone) });
  for (const node of shown) {
    const path = node.id === "other" ? null : [shared ? "" : section, direction, node.id];
    place(drawing, {
      node,
      path,
      section,
      direction,
      shared,
      role: direction === "R" ? "receipt" : "expense",
    });
  }
  for (const node of negative) {
    const mirrored = direction === "R" ? "D" : "R";
    const label = words.negative(node.label);
    drawing.negatives.push({ label: node.label, value: node.value, direction });
    place(drawing, {
      node: { ...node, label, value: -node.value },
      path: [section, direction, node.id],
      section,
      direction: mirrored,
      role: "negative",
      tag: "negative-",
    });
  }
}

/** Two sections gather their own small posts: the name tells which. */
const othersOf = (words, section, alone) => (count) =>
  alone ? words.others(count) : `${words.others(count)} (${words.section(section).toLowerCase()})`;

function place(drawing, { node, path, section, direction, role, tag = "", shared = false }) {
  const id = `${tag}${direction}-${shared ? "" : section}-${node.id}`;
  const gathered = node.id === "other" ? node.children : undefined;
  const known = drawing.nodes.find((each) => each.id === id);
  if (known) known.value += node.value;
  else
    drawing.nodes.push({
      id,
      role,
      section: shared ? "" : section,
      label: node.label,
      code: node.code,
      value: node.value,
      path,
      gathered,
    });
  drawing.links.push(
    direction === "R"
      ? { source: id, target: section, value: node.value }
      : { source: section, target: id, value: node.value },
  );
}

/** Running surplus goes to investment; what is missing or left over becomes a node of its own. */
function balance(drawing, summary, { order, kind, shown, words }) {
  const net = (section) =>
    total(summary, { section, order, direction: "R" }, kind) -
    total(summary, { section, order, direction: "D" }, kind);
  let carried = 0;
  for (const section of shown) {
    const left = net(section) + (section === "I" ? carried : 0);
    if (section === "F" && left > 0 && shown.includes("I")) {
      carried = left;
      drawing.links.push({ source: "F", target: "I", value: left, saving: true });
      drawing.saving = left;
    } else {
      residue(drawing, section, left, words);
      drawing.balance += left;
    }
  }
}

function residue(drawing, section, left, words) {
  if (left === 0) return;
  const role = left > 0 ? "surplus" : "deficit";
  const id = `${role}-${section}`;
  const value = Math.abs(left);
  drawing.nodes.push({ id, role, section, label: words[role](section), value, path: null });
  drawing.links.push(
    left > 0 ? { source: section, target: id, value } : { source: id, target: section, value },
  );
}

/** One branch, opened: its sections, the node, its children (or the reverse for receipts). */
function branch(summary, { order, kind, axis, section, direction, ids, words }) {
  const used = direction === "R" ? "nature" : axis;
  const grown = (of) => walk(tree(summary, used, { section: of, direction, order }, kind), ids);
  const found = grown(section);
  const open = found[found.length - 1];
  const role = direction === "R" ? "receipt" : "expense";
  const drawing = {
    nodes: [],
    links: [],
    trail: trailOf(found, section, direction, words),
    negatives: [],
  };
  const link = (a, b, value) =>
    drawing.links.push(
      direction === "R" ? { source: b, target: a, value } : { source: a, target: b, value },
    );

  for (const each of section ? [section] : sections(summary)) {
    const reached = grown(each);
    const value = reached.length === found.length ? reached[reached.length - 1].value : 0;
    if (value <= 0) continue;
    drawing.nodes.push({
      id: each,
      role: "section",
      section: each,
      label: words.section(each),
      value,
      path: section ? [each] : null,
    });
    link(each, "open", value);
  }
  drawing.nodes.push({
    id: "open",
    role,
    section,
    label: open.label || words.side(direction),
    code: open.code,
    value: open.value,
    path: null,
  });
  const positive = open.children.filter(({ value }) => value > 0);
  for (const node of topOf(positive, { count: 20, share: 0.008, label: words.others })) {
    const inner = node.id !== "other" && node.children.length > 0;
    const path = inner
      ? [section, direction, ...found.slice(1).map(({ id }) => id), node.id]
      : null;
    const gathered = node.id === "other" ? node.children : undefined;
    drawing.nodes.push({
      id: node.id,
      role,
      section,
      label: node.label,
      code: node.code,
      value: node.value,
      path,
      gathered,
    });
    link("open", node.id, node.value);
  }
  for (const { label, value } of open.children)
    if (value < 0) drawing.negatives.push({ label, value, direction });
  return withoutEmpty(drawing);
}

function trailOf(found, section, direction, words) {
  const start = [section, direction];
  return [
    ...(section ? [{ label: words.section(section), path: [section] }] : []),
    ...found.slice(1).map((node, i) => ({
      label: node.label,
      path: [...start, ...found.slice(1, i + 2).map(({ id }) => id)],
    })),
  ];
}

function withoutEmpty(drawing) {
  const linked = new Set(drawing.links.flatMap(({ source, target }) => [source, target]));
  return {
    ...drawing,
    nodes: drawing.nodes.filter(({ id }) => linked.has(id)),
    links: drawing.links.filter(({ value }) => value > 0),
  };
}
