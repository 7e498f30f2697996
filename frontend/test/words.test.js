import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { LANGUAGES, translator, typeset, typesetAll } from "../src/i18n.js";
import en from "../src/texts/en.json" with { type: "json" };
import fr from "../src/texts/fr.json" with { type: "json" };
import { wordsOf } from "../src/words.js";

const folder = new URL("../src/", import.meta.url);

async function sources() {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js"));
  return Promise.all(names.map((name) => readFile(new URL(name, folder), "utf8")));
}

test("both languages have the same sentences, with the same gaps to fill", () => {
  const gaps = (text) => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort();
  assert.deepEqual(Object.keys(en), Object.keys(fr));
  for (const key of Object.keys(fr)) assert.deepEqual(gaps(en[key]), gaps(fr[key]), key);
  assert.deepEqual(LANGUAGES, ["fr", "en"]);
});

test("every sentence that the code names exists", async () => {
  const known = (key) => key in fr || `${key}.other` in fr;
  for (const text of await sources()) {
    for (const [, key] of text.matchAll(/\bt\(\s*"([^"]+)"/g)) assert.ok(known(key), key);
  }
});

test("plurals follow the language, unknown keys are shown as they are", () => {
  assert.equal(translator("fr")("others", { count: 1 }), "1 autre poste");
  assert.equal(translator("fr")("others", { count: 3 }), "3 autres postes");
  assert.equal(translator("en")("others", { count: 3 }), "3 other posts");
  assert.equal(translator("fr")("no.such.key"), "no.such.key");
});

test("French signs never begin a line, and apostrophes are curly", () => {
  assert.equal(
    typeset("fr", "Où va l'argent ? Là : 5 %"),
    "Où va l’argent\u202f? Là\u00a0: 5\u202f%",
  );
  assert.equal(typeset("fr", "« Réalisé » : 3 €"), "«\u00a0Réalisé\u00a0»\u00a0: 3\u00a0€");
  assert.equal(typeset("en", "Where to ?"), "Where to ?");
  assert.deepEqual(typesetAll("fr", { a: ["Quoi ?"], n: 2, none: null }), {
    a: ["Quoi\u202f?"],
    n: 2,
    none: null,
  });
  for (const key of Object.keys(fr))
    assert.doesNotMatch(translator("fr")(key), / [:;?!»%€]|« /, key);
});

test("figures to choose from are in the order of their definitions, by group", () => {
  const texts = {
    figures: { b: { label: "B", group: "debt" }, a: { label: "A", group: "saving" } },
    groups: { debt: "Dette" },
  };
  const { figureChoices } = wordsOf({ t: translator("fr"), texts, format: {} });
  const found = figureChoices(["odd", "a", "b"]);
  assert.deepEqual(
    found.map(({ value }) => value),
    ["b", "a", "odd"],
  );
  assert.equal(found[0].group, "Dette");
});

test("a document is called as the portal calls its stage; decisions have their number", () => {
  const texts = { stages: { BP: "Budget primitif", DM: "Décision modificative", "": "Budget" } };
  const { stage } = wordsOf({ t: translator("fr"), texts, format: {} });
  const cases = [
    [{ stage: "BP", number: "1", year: 2022 }, "Budget primitif 2022"],
    [{ stage: "DM", number: "2", year: 2022 }, "Décision modificative n° 2 2022"],
    [{ stage: "DM", number: "", year: null }, "Décision modificative"],
    [{ stage: "", year: 2022 }, "Budget 2022"],
    [{ stage: "XX", year: 2022 }, "XX 2022"],
  ];
  for (const [document, name] of cases) assert.equal(stage(document).replace("\u00a0", " "), name);
});
