import assert from "node:assert/strict";
import { test } from "node:test";
import { formats } from "../src/format.js";
import { translator } from "../src/i18n.js";
import { sentence, term } from "../src/tabs/debt.js";
import { service } from "../src/tabs/essentials.js";
import { nuance, withFigures } from "../src/tabs/figures.js";
import { sentence as compared } from "../src/tabs/ratios.js";
import { showPage } from "./page.js";

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

test("a term, a number of years and of ratios agree with what they count", () => {
  const plain = (text) => text.replace(/\s/g, " ");
  const terms = [
    [{ from: 0, to: 1 }, "Moins de 1 an"],
    [{ from: 1, to: 5 }, "De 1 à 5 ans"],
    [{ from: 20, to: null }, "Plus de 20 ans"],
    [{ from: null, to: null }, "Le document ne le dit pas"],
  ];
  for (const [part, expected] of terms) assert.equal(plain(term({ t }, part)), expected);
  const { years } = formats("fr");
  assert.deepEqual([110, 199, 200].map(years).map(plain), ["1,1 an", "2,0 ans", "2,0 ans"]);
  assert.equal(plain(formats("en").years(110)), "1.1 years");
  const ratio = (agrees) => ({ value: 1, agrees });
  assert.equal(
    plain(compared({ t }, [ratio(true), ratio(false)])),
    "2 ratios sur 2 ont pu être calculés. Le document en imprime 2 qui peuvent être comparés : 1 est égal au nôtre.",
  );
});

test("the operating section is told as what this kind of budget pays for", () => {
  const kinds = [
    [{ land_development: true, annex: true }, "land"],
    [{ land_development: false, annex: true }, "annex"],
    [{}, "town"],
  ];
  for (const [document, expected] of kinds) assert.equal(service({ document }), expected);
  assert.match(t("everyday.land"), /terrains/);
});

test("the tab of the staff shows what the staff costs", async () => {
  showPage("");
  const tab = withFigures({ choices: [], render: async () => "posts" }, "staff_spending");
  const cost = { id: "staff_spending", unit: "EUR", value: 12_000_00, status: "known" };
  const [posts, found] = await tab.render({
    ...app("account"),
    texts: { figures: { staff_spending: { label: "Personnel" } } },
    summary: { document: { kind: "account" }, figures: [cost] },
  });
  assert.equal(posts, "posts");
  assert.match(found.textContent.replace(/\s/g, " "), /Personnel12 000 €/);
});
