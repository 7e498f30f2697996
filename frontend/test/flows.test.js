import assert from "node:assert/strict";
import { test } from "node:test";
import { carriedOver, sections, total } from "../src/data/cube.js";
import { flows } from "../src/data/flows.js";
import { drawn, small } from "./summary.js";

const words = {
  section: (code) => `section ${code}`,
  side: (code) => `side ${code}`,
  others: (count) => `${count} others`,
  negative: (label) => `${label} (negative)`,
  surplus: (code) => `surplus ${code}`,
  deficit: (code) => `deficit ${code}`,
  carried: (code) => `former ${code}`,
  naming: { plain: false, category: (id) => id },
};
const ask = (summary, more = {}) =>
  flows(summary, { order: "0", kind: "MTREAL", axis: "nature", path: [], words, ...more });
const through = ({ links }, id) => ({
  into: links.filter(({ target }) => target === id).reduce((sum, { value }) => sum + value, 0),
  out: links.filter(({ source }) => source === id).reduce((sum, { value }) => sum + value, 0),
});

test("what remains of the running section funds investment", () => {
  const drawing = ask(small());
  assert.equal(drawing.saving, 21_000_00);
  assert.equal(through(drawing, "deficit-I").out, 9_000_00);
});

test("every section receives as much as it gives, on many documents", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const summary = drawn(seed, 200);
    for (const axis of ["nature", "function"]) {
      for (const path of [[], ["F"], ["I"]]) {
        const drawing = ask(summary, { axis, path, order: "" });
        for (const section of path.length ? path : sections(summary)) {
          const { into, out } = through(drawing, section);
          assert.equal(into, out, `seed ${seed}, ${axis}, ${path}`);
        }
        assert.ok(drawing.links.every(({ value }) => value > 0));
      }
    }
  }
});

test("results of former years are nodes of their own, beside the money of the year", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const summary = drawn(seed, 200);
    for (const [order, shown] of [
      ["0", true],
      ["", true],
      ["1", false],
    ]) {
      for (const path of [[], ["F"], ["I"]]) {
        const drawing = ask(summary, { path, order });
        const former = drawing.nodes.filter(({ role }) => role === "carried");
        for (const section of shown ? (path.length ? path : sections(summary)) : []) {
          const node = former.find((each) => each.section === section);
          const given = carriedOver(summary, section, "MTREAL");
          const { into, out } = node ? through(drawing, node.id) : { into: 0, out: 0 };
          assert.equal(out - into, given, `seed ${seed}, ${order}, ${section}`);
        }
        if (!shown) assert.equal(former.length, 0);
        const labels = drawing.nodes.filter(({ role }) => role === "receipt" || role === "expense");
        assert.ok(labels.every(({ id }) => !id.includes("former")));
      }
    }
  }
});

test("nodes are as high as their links, and ids are unique", () => {
  const drawing = ask(drawn(7, 300), { axis: "function", order: "" });
  assert.equal(new Set(drawing.nodes.map(({ id }) => id)).size, drawing.nodes.length);
  for (const { id, role, value } of drawing.nodes.filter((node) => node.role !== "section")) {
    const { into, out } = through(drawing, id);
    assert.equal(Math.max(into, out), value, `${role} ${id}`);
  }
});

test("a negative receipt stands on the side of expenditure", () => {
  const summary = small();
  summary.by_nature.values.MTREAL[5] = -10_000_00;
  const drawing = ask(summary);
  const node = drawing.nodes.find(({ role }) => role === "negative");
  assert.equal(node.value, 10_000_00);
  assert.equal(through(drawing, node.id).into, 10_000_00);
  assert.equal(drawing.negatives.length, 1);
});

test("an opened policy is fed by each section that pays for it", () => {
  const drawing = ask(small(), { axis: "function", path: ["", "D", "f2"] });
  assert.deepEqual(
    drawing.links
      .filter(({ target }) => target === "open")
      .map(({ source, value }) => [source, value]),
    [
      ["F", 19_000_00],
      ["I", 40_000_00],
    ],
  );
  assert.equal(through(drawing, "open").out, 59_000_00);
  assert.deepEqual(
    drawing.trail.map(({ path }) => path),
    [["", "D", "f2"]],
  );
});

test("an opened chapter shows its accounts and the way back", () => {
  const drawing = ask(small(), { path: ["F", "D", "c011", "n60"] });
  assert.deepEqual(
    drawing.trail.map(({ path }) => path.length),
    [1, 3, 4],
  );
  assert.deepEqual(
    drawing.negatives.map(({ value }) => value),
    [-1_000_00],
  );
});

test("nothing to draw is an empty drawing, not an error", () => {
  const drawing = ask(small(), { kind: "MTPREV" });
  assert.deepEqual([drawing.nodes, drawing.links], [[], []]);
  assert.equal(total(small(), {}, "MTPREV"), 0);
});
