import assert from "node:assert/strict";
import { test } from "node:test";
import { CHOICES } from "../src/choices.js";
import { translator } from "../src/i18n.js";
import fr from "../src/texts/fr.json" with { type: "json" };
import { TABS } from "../src/state.js";
import { small } from "./summary.js";

const app = {
  t: translator("fr"),
  summary: small(),
  state: {
    section: "",
    direction: "D",
    order: "0",
    axis: "function",
    shape: "treemap",
    words: "plain",
    amount: "MTREAL",
  },
  words: { kind: (code) => code },
};

test("every choice and tab has words", () => {
  for (const choice of Object.values(CHOICES)) {
    const { label, options, value } = choice(app);
    for (const text of [label, ...options.map((option) => option.label)])
      assert.doesNotMatch(text, /^[a-z]+\.\w/);
    assert.ok(options.some((option) => option.value === value));
  }
  for (const tab of TABS)
    for (const part of ["", ".title", ".lead"]) assert.ok(fr[`tab.${tab}${part}`]);
});

test("what the document does not have is not offered", () => {
  assert.equal(CHOICES.axis({ ...app, summary: { ...app.summary, by_function: null } }), false);
  assert.equal(CHOICES.amount({ ...app, summary: { ...app.summary, amounts: ["MTREAL"] } }), false);
});

test("every kind of body, reason and stage has its words", () => {
  const kinds = [
    "commune",
    "epci",
    "departement",
    "region",
    "syndicat",
    "pnr",
    "scot_petr",
    "ccas_cias",
    "autre",
    "undefined",
  ];
  for (const kind of kinds) assert.ok(fr[`body.${kind}`], kind);
  for (const reason of [
    "annex",
    "no-population",
    "not-a-budget-dataset",
    "alone",
    "partial-stage",
    "nothing",
  ])
    assert.ok(fr[`compare.reason.${reason}`]);
  for (const stage of ["BP", "BS", "DM", "CA", "CFU", "unknown"])
    assert.ok(fr[`stage.says.${stage}`], stage);
});
