// From cells to a tree of amounts: plain categories, then chapters and natures, or functions and chapters.
// Each node: { id, code, label, value (signed cents), children }. A node's value is the sum of its
// children's, always: nothing is dropped, negative amounts included.
import { amount, cubeOf, FORMER_YEARS, select } from "./cube.js";
import { readable } from "../format.js";

const node = (id, code, label) => ({ id, code, label, value: 0, children: new Map() });

function child(parent, id, code, label) {
  let found = parent.children.get(id);
  if (!found) {
    found = node(id, code, label);
    parent.children.set(id, found);
  }
  return found;
}

/** Places of one dictionary entry, from the root of its hierarchy down to itself. */
export function chain(parents, index) {
  const places = [];
  for (
    let at = index;
    at !== undefined && at >= 0 && !places.includes(at);
    at = parents?.[at] ?? -1
  ) {
    places.unshift(at);
  }
  return places;
}

/** The steps of each axis: which dictionary, which prefix for identifiers, in which order. */
const STEPS = {
  nature: [
    ["chapter", "chapters", "c"],
    ["nature", "natures", "n"],
  ],
  function: [
    ["function", "functions", "f"],
    ["chapter", "chapters", "c"],
  ],
};

/**
 * Plain words begin with the category of the cell; official ones with its chapter or function. Results
 * of former years are a block of their own in both.
 */
function* steps(summary, cube, cell, axis, naming) {
  if (naming.plain || cube.order[cell] === FORMER_YEARS) {
    const id = summary.categories[cube.plain[cell]];
    yield [`p${id}`, "", naming.category(id)];
  }
  for (const [column, dictionary, prefix] of STEPS[axis]) {
    const { codes, labels, parents } = summary[dictionary];
    for (const place of chain(parents, cube[column][cell])) {
      yield [`${prefix}${codes[place]}`, codes[place], readable(labels[place])];
    }
  }
}

/** Sorted children; what a node holds by itself, beside its children, becomes a child like them. */
function finished(branch) {
  const children = [...branch.children.values()].map(finished);
  const own = children.reduce((left, { value }) => left - value, branch.value);
  if (children.length > 0 && own !== 0) {
    const { id, code, label } = branch;
    children.push({ id: `${id}-own`, code, label, value: own, children: [] });
  }
  children.sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1));
  return { ...branch, children };
}

/** A level with a single child that says the same thing again is skipped. */
function collapsed(branch) {
  let { children } = branch;
  while (children.length === 1 && children[0].code === branch.code) ({ children } = children[0]);
  return { ...branch, children: children.map(collapsed) };
}

const OFFICIAL = { plain: false, category: (id) => id };

/**
 * The tree of one kind of amount along one axis; cells whose amount is 0 have no node. `naming`:
 * { plain: whether plain categories come first, category: id => words }.
 */
export function tree(summary, axis, filter, kind, naming = OFFICIAL) {
  const used = axis === "function" && cubeOf(summary, "function") ? "function" : "nature";
  const cube = cubeOf(summary, used);
  const root = node("", "", "");
  for (const cell of select(cube, filter)) {
    const value = amount(cube, cell, kind);
    if (value === 0) continue;
    let at = root;
    at.value += value;
    for (const [id, code, label] of steps(summary, cube, cell, used, naming)) {
      at = child(at, id, code, label);
      at.value += value;
    }
  }
  return collapsed(finished(root));
}

/** Nodes from the root down a path of ids; stops where the path leaves the tree. */
export function walk(root, path) {
  const trail = [root];
  for (const id of path) {
    const next = trail[trail.length - 1].children.find((candidate) => candidate.id === id);
    if (!next) break;
    trail.push(next);
  }
  return trail;
}

/** What can be drawn as an area, and what cannot (negative amounts), with their totals. */
export function drawable(parent) {
  const positive = parent.children.filter(({ value }) => value > 0);
  const negative = parent.children.filter(({ value }) => value < 0);
  const add = (nodes) => nodes.reduce((total, { value }) => total + value, 0);
  return { positive, negative, drawn: add(positive), hidden: add(negative) };
}

/** Keep the largest nodes; gather the others, when they are several, in one node of id "other". */
export function topOf(nodes, { count, share = 0, label }) {
  const total = nodes.reduce((sum, { value }) => sum + Math.abs(value), 0);
  const big = nodes.filter((each, i) => i < count && Math.abs(each.value) >= share * total);
  const small = nodes.filter((each) => !big.includes(each));
  if (small.length < 2) return nodes;
  const value = small.reduce((sum, each) => sum + each.value, 0);
  return [...big, { id: "other", code: "", label: label(small.length), value, children: small }];
}
