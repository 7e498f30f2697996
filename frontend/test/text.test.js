import assert from "node:assert/strict";
import { test } from "node:test";
import { fitting } from "../src/charts/hierarchy.js";
import { wrapped } from "../src/charts/text.js";

const one = (text) => text.length; // every character is a pixel wide

test("a text that fits stays on one line", () => {
  assert.deepEqual(wrapped("Impôts et taxes", 15, "", one), ["Impôts et taxes"]);
  assert.deepEqual(wrapped("", 15, "", one), [""]);
});

test("a longer one takes several lines, and loses nothing", () => {
  assert.deepEqual(wrapped("Impôts et taxes", 12, "", one), ["Impôts et", "taxes"]);
  assert.deepEqual(wrapped("Saint-Jean-de-Luz", 11, "", one), ["Saint-Jean-", "de-Luz"]);
  assert.deepEqual(wrapped("Vosges - dette / habitant", 99, "", one), [
    "Vosges - dette / habitant",
  ]);
  assert.deepEqual(wrapped("Source : a.fr/b/c", 12, "", one), ["Source :", "a.fr/b/c"]);
  assert.deepEqual(wrapped("a.fr/bbbb/cccc", 9, "", one), ["a.fr/", "bbbb/cccc"]);
  assert.deepEqual(wrapped("Dépenses\u00a0: voté", 10, "", one), ["Dépenses\u00a0:", "voté"]);
  const long = "Immobilisations corporelles et incorporelles de l'année";
  for (let room = 1; room < 60; room += 1)
    assert.equal(wrapped(long, room, "", one).join(" "), long);
});

test("a block says its name and figure whole, its figure alone, or nothing", () => {
  const block = { name: "Achats et services", figure: "297 127 €" };
  const said = (width, height) => fitting(block, [width, height], 13, one);
  assert.equal(said(100, 60), "Achats et services\n297 127 €");
  assert.equal(said(20, 80), "Achats et\nservices\n297 127 €");
  assert.equal(said(20, 40), "297 127 €");
  assert.equal(said(12, 80), "");
  assert.equal(said(100, 26), "Achats et services  297 127 €");
  assert.equal(said(28, 26), "Achats et services");
  assert.equal(said(20, 26), "");
});
