import assert from "node:assert/strict";
import { test } from "node:test";
import { select, sum, total } from "../src/data/cube.js";
import { drawable, topOf, tree, walk } from "../src/data/tree.js";
import { drawn, small } from "./summary.js";

const REAL = { direction: "D", order: "0" };

test("results of former years are neither real nor order", () => {
  const summary = small();
  summary.by_nature.order = `2${summary.by_nature.order.slice(1)}`;
  const filter = { section: "F", direction: "D" };
  const kinds = ["0", "1", "2"].map((order) => total(summary, { ...filter, order }, "MTREAL"));
  assert.deepEqual(kinds, [49_000_00, 3_000_00, 20_000_00]);
  assert.equal(total(summary, filter, "MTREAL"), 72_000_00);
});

test("plain words come first when asked for, results of former years are apart in both", () => {
  const summary = small();
  summary.by_nature.order = `2${summary.by_nature.order.slice(1)}`;
  summary.by_nature.plain[0] = 2;
  const names = (plain) =>
    tree(summary, "nature", { direction: "D" }, "MTREAL", { plain, category: (id) => id })
      .children.map(({ id }) => id)
      .sort();
  assert.deepEqual(names(true), ["pformer_years", "pstaff", "pworks"]);
  assert.deepEqual(names(false), ["c011", "c012", "c042", "c21", "pformer_years"]);
});

test("chapters hold headings, headings hold accounts", () => {
  const root = tree(small(), "nature", REAL, "MTREAL");
  assert.equal(root.value, 109_000_00);
  assert.deepEqual(
    root.children.map(({ code, value }) => [code, value]),
    [
      ["012", 50_000_00],
      ["21", 40_000_00],
      ["011", 19_000_00],
    ],
  );
  const [, chapter, heading] = walk(root, ["c011", "n60"]);
  assert.equal(chapter.label, "Charges a caractere general");
  assert.deepEqual(
    heading.children.map(({ code }) => code),
    ["6061", "6068"],
  );
});

test("policies hold policies, then chapters", () => {
  const root = tree(small(), "function", REAL, "MTREAL");
  const [, policy] = walk(root, ["f2"]);
  assert.equal(policy.value, 59_000_00);
  const [, , , deepest] = walk(root, ["f2", "f21", "f211"]);
  assert.deepEqual(
    deepest.children.map(({ code }) => code),
    ["21", "011"],
  );
});

test("a path that leaves the tree stops where it leaves", () => {
  const found = walk(tree(small(), "nature", REAL, "MTREAL"), ["c011", "nowhere", "n60"]);
  assert.equal(found.length, 2);
});

test("a document without policies is told by nature", () => {
  const summary = { ...small(), by_function: null };
  assert.deepEqual(
    tree(summary, "function", REAL, "MTREAL"),
    tree(summary, "nature", REAL, "MTREAL"),
  );
});

test("negative amounts are kept apart, never lost", () => {
  const [, policy] = walk(tree(small(), "function", REAL, "MTREAL"), ["f2", "f21"]).slice(-2);
  const { negative, drawn: positive, hidden } = drawable(policy);
  assert.equal(negative.length, 1);
  assert.equal(positive + hidden, policy.value);
});

test("gathering small posts keeps the sum", () => {
  const { children, value } = tree(drawn(5, 300), "nature", { direction: "D" }, "MTREAL");
  const top = topOf(children, { count: 3, label: (count) => `${count}` });
  assert.equal(top.length, 4);
  assert.equal(
    top.reduce((all, node) => all + node.value, 0),
    value,
  );
});

test("every level adds up to its parent, on many documents", () => {
  const adds = (node) => {
    if (node.children.length === 0) return;
    assert.equal(
      node.children.reduce((all, each) => all + each.value, 0),
      node.value,
    );
    node.children.forEach(adds);
  };
  for (let seed = 1; seed <= 40; seed += 1) {
    const summary = drawn(seed, 250);
    for (const axis of ["nature", "function"]) {
      for (const filter of [
        {},
        REAL,
        { section: "I" },
        { section: "F", direction: "R", order: "1" },
      ]) {
        for (const kind of summary.amounts) {
          const root = tree(summary, axis, filter, kind);
          assert.equal(root.value, total(summary, filter, kind));
          adds(root);
        }
      }
    }
  }
});

test("a filter keeps only what it names", () => {
  const cube = small().by_nature;
  assert.equal(sum(cube, select(cube, { order: "1" }), "MTREAL"), 3_000_00);
  assert.equal(select(cube, {}).length, 7);
  assert.equal(sum(cube, select(cube, {}), "MTPREV"), 0);
});
