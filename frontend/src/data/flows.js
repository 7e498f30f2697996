// Where the money comes from and where it goes: nodes and links of a Sankey diagram that balances.
import { carriedOver, sections, total } from "./cube.js";
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
  const common = { order, kind, words, alone: Boolean(section) };
  for (const each of shown)
    side(drawing, summary, { ...common, axis: "nature", section: each, direction: "R" });
  for (const each of shown) centre(drawing, summary, { ...common, section: each });
  for (const each of shown)
    side(drawing, summary, { ...common, axis, section: each, direction: "D" });
  balance(drawing, summary, { order, kind, shown, words });
  if (section) drawing.trail = [{ label: words.section(section), path: [section] }];
  return withoutEmpty(drawing);
}

function centre(drawing, summary, { order, kind, section, words, alone }) {
  const of = (direction) => total(summary, { section, order, direction, carried: false }, kind);
  const value = Math.max(of("R"), of("D"));
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
  const filter = { section, direction, order, carried: false };
  const root = tree(summary, axis, filter, kind, words.naming);
  const positive = root.children.filter(({ value }) => value > 0);
  const negative = root.children.filter(({ value }) => value < 0);
  const shared = axis === "function" && direction === "D" && !alone;
  const shown = shared
    ? positive
    : topOf(positive, { count: COUNT, share: SHARE, label: othersOf(words, section, alone) });
  const of = shared ? "" : section;
  for (const node of shown) {
    const id = `${direction}-${of}-${node.id}`;
    const path = node.id === "other" ? null : [of, direction, node.id];
    const role = roleOf(direction);
    place(drawing, { id, node, beside: section, direction, role, section: of, path });
  }
  const across = mirrored(direction);
  for (const node of negative) {
    drawing.negatives.push({ label: node.label, value: node.value, direction });
    place(drawing, {
      id: `negative-${across}-${section}-${node.id}`,
      node: { ...node, label: words.negative(node.label), value: -node.value },
      beside: section,
      direction: across,
      role: "negative",
      section,
      path: [section, direction, node.id],
    });
  }
}

const roleOf = (direction) => (direction === "R" ? "receipt" : "expense");

/** Two sections gather their own small posts: the name tells which. */
const othersOf = (words, section, alone) => (count) =>
  alone ? words.others(count) : `${words.others(count)} (${words.section(section).toLowerCase()})`;

const mirrored = (direction) => (direction === "R" ? "D" : "R");

/** A node of the drawing, linked to the one that it feeds (receipts) or that feeds it; a known one grows. */
function place(drawing, { id, node, beside, direction, ...more }) {
  const { label, code, value } = node;
  const gathered = node.id === "other" ? node.children : undefined;
  const known = drawing.nodes.find((each) => each.id === id);
  if (known) known.value += value;
  else drawing.nodes.push({ id, label, code, value, gathered, ...more });
  drawing.links.push(
    direction === "R"
      ? { source: id, target: beside, value }
      : { source: beside, target: id, value },
  );
}

/**
 * What a year leaves, and what former years left, are two things. The surplus of operation goes to
 * investment; a result of former years is a node of its own, which first fills what its section lacks, then
 * goes to investment; what is missing or left over at the end becomes a node.
 */
function balance(drawing, summary, { order, kind, shown, words }) {
  let given = 0;
  for (const section of shown) {
    const of = (direction) => total(summary, { section, order, direction, carried: false }, kind);
    const former = order === "1" ? 0 : carriedOver(summary, section, kind);
    let left = of("R") - of("D");
    const feeds = section === "F" && shown.includes("I");
    if (former > 0) {
      const kept = feeds ? Math.min(former, Math.max(0, -left)) : former;
      carried(drawing, section, words, { value: former });
      drawing.links.push(
        { source: `former-${section}`, target: section, value: kept },
        { source: `former-${section}`, target: "I", value: former - kept },
      );
      left += kept;
      given += former - kept;
    } else if (former < 0) {
      carried(drawing, section, words, { value: -former });
      drawing.links.push({ source: section, target: `former-${section}`, value: -former });
      left += former;
    }
    if (feeds && left > 0) {
      drawing.links.push({ source: "F", target: "I", value: left, saving: true });
      drawing.saving = left;
      given += left;
    } else {
      if (section === "I") left += given;
      residue(drawing, section, left, words);
      drawing.balance += left;
    }
  }
}

function carried(drawing, section, words, { value }) {
  const label = words.carried(section);
  drawing.nodes.push({
    id: `former-${section}`,
    role: "carried",
    section,
    label,
    value,
    path: null,
  });
  drawing.carried = (drawing.carried ?? 0) + value;
}

function residue(drawing, section, left, words) {
  if (left === 0) return;
  const role = left > 0 ? "surplus" : "deficit";
  const id = `${role}-${section}`;
  const value = Math.abs(left);
  // Money of former years may be in what is left: it is then no surplus of the year.
  const label = words[role](role === "surplus" && drawing.carried ? "former" : section);
  drawing.nodes.push({ id, role, section, label, value, path: null });
  drawing.links.push(
    left > 0 ? { source: section, target: id, value } : { source: id, target: section, value },
  );
}

/** One branch, opened: its sections, the node, its children (or the reverse for receipts). */
function branch(summary, { order, kind, axis, section, direction, ids, words }) {
  const used = direction === "R" ? "nature" : axis;
  const grown = (of) =>
    walk(
      tree(summary, used, { section: of, direction, order, carried: false }, kind, words.naming),
      ids,
    );
  const found = grown(section);
  const { label, code, value, children } = found[found.length - 1];
  const role = roleOf(direction);
  const drawing = {
    nodes: [
      { id: "open", role, section, label: label || words.side(direction), code, value, path: null },
    ],
    links: [],
    trail: trailOf(found, section, direction, words),
    negatives: children
      .filter((node) => node.value < 0)
      .map((node) => ({ label: node.label, value: node.value, direction })),
  };
  const beside = "open";
  for (const each of section ? [section] : sections(summary)) {
    const reached = grown(each);
    const share = reached.length === found.length ? reached[reached.length - 1].value : 0;
    if (share <= 0) continue;
    const node = { label: words.section(each), value: share };
    const more = { role: "section", section: each, path: section ? [each] : null };
    place(drawing, { id: each, node, beside, direction: mirrored(direction), ...more });
  }
  const positive = children.filter((node) => node.value > 0);
  const here = [section, direction, ...found.slice(1).map(({ id }) => id)];
  for (const node of topOf(positive, { count: 20, share: 0.008, label: words.others })) {
    const inner = node.id !== "other" && node.children.length > 0;
    const path = inner ? [...here, node.id] : null;
    place(drawing, { id: node.id, node, beside, direction, role, section, path });
  }
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
