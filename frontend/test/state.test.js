import assert from "node:assert/strict";
import { test } from "node:test";
import { change, format, parse } from "../src/state.js";

const defaults = {
  tab: "essentiel",
  section: "",
  direction: "D",
  order: "0",
  amount: "MTREAL",
  amounts: ["MTREAL", "CREDOUV"],
  axis: "function",
  shape: "treemap",
  path: [],
  measure: "",
  q: "",
  sort: "",
  page: "1",
};

test("a link gives the same picture", () => {
  const state = {
    ...defaults,
    tab: "flux",
    section: "I",
    path: ["", "D", "f2"],
    q: "école & arts",
    amount: "CREDOUV",
  };
  assert.deepEqual(parse(`#${format(state, defaults)}`, defaults), state);
});

test("the default picture needs nothing in the address", () => {
  assert.equal(format(defaults, defaults), "");
  assert.deepEqual(parse("", defaults), defaults);
});

test("the name of a tab alone opens it", () => {
  assert.equal(parse("#execution", defaults).tab, "execution");
});

test("what makes no sense gives way to the default", () => {
  const state = parse("#tab=nothing&section=Z&amount=MTPREV&order=7&evil=<script>", defaults);
  assert.deepEqual(state, defaults);
});

test("changing what the tree is made of closes what was opened", () => {
  const opened = { ...defaults, path: ["f2"], q: "école", page: "3" };
  assert.deepEqual(change(opened, { section: "F" }).path, []);
  assert.deepEqual(change(opened, { shape: "sunburst" }).path, ["f2"]);
  assert.deepEqual(change(opened, { axis: "nature", path: ["c011"] }).path, ["c011"]);
  assert.equal(change(opened, { tab: "tableau" }).q, "");
});
