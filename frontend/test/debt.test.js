import assert from "node:assert/strict";
import { test } from "node:test";
import { formats } from "../src/format.js";
import { translator } from "../src/i18n.js";
import { sentence } from "../src/tabs/debt.js";
import { nuance } from "../src/tabs/figures.js";

const t = translator("fr");
const app = (kind, borrowed = null) => ({
  t,
  format: formats("fr"),
  summary: {
    document: { year: 2022, population: 1000, kind },
    figures: [{ id: "new_borrowing", value: borrowed }],
  },
});
const told = (kind, debt, borrowed) => sentence(app(kind, borrowed), debt).replace(/\s/g, " ");

test("an amount per inhabitant stands right after its amount", () => {
  const debt = { opening: 2_000_000_00, closing: 1_500_000_00, repaid: 500_000_00 };
  assert.match(told("budget", debt), /doit 2,0? ?M€\. Cela fait 2 000 € par habitant\. D’après/);
  assert.match(told("budget", debt), /il en restera 1,5 M€ .*sans compter de nouveaux emprunts/);
  assert.match(told("account", debt), /^Au 31 décembre 2022, .*1,5 M€\. Cela fait 1 500 €/);
});

test("one debt at both ends of a year that repays is told, and only that", () => {
  const same = { opening: 5_000_000_00, closing: 5_000_000_00, repaid: 900_000_00 };
  const cases = [
    [
      "account",
      same,
      300_000_00,
      /même dette .* 900 000 € de capital sont remboursés et 300 000 € empruntés/,
    ],
    ["account", same, null, /même dette .* 900 000 € de capital sont remboursés dans/],
    ["budget", same, null, /même dette/],
    ["account", { ...same, repaid: 0 }, 300_000_00, null],
    ["account", { ...same, closing: 4_100_000_00 }, 0, null],
    ["account", { opening: 0, closing: 0, repaid: 1 }, 0, null],
    ["account", { opening: null, closing: null, repaid: 1 }, 0, null],
  ];
  for (const [kind, debt, borrowed, expected] of cases) {
    const text = told(kind, debt, borrowed);
    if (expected) assert.match(text, expected);
    else assert.doesNotMatch(text, /même dette/);
    assert.doesNotMatch(text, /même dette.*il en restera|null|undefined/);
  }
});

test("the debt on 31 December of a budget is told without new loans", () => {
  const figure = { id: "debt_outstanding", value: 1 };
  assert.match(nuance(app("budget"), figure), /sans compter de nouveaux emprunts/);
  assert.equal(nuance(app("account"), figure), "");
  assert.equal(nuance(app("budget"), { ...figure, value: null }), "");
  assert.equal(nuance(app("budget"), { ...figure, id: "debt_opening" }), "");
});
