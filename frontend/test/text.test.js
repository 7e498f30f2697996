import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted } from "../src/charts/text.js";

const one = (text) => text.length; // every character is a pixel wide

test("a text that fits stays whole", () => {
  assert.equal(fitted("Impôts et taxes", 15, "", one), "Impôts et taxes");
});

test("a longer one is cut on a word when one ends near", () => {
  assert.equal(fitted("Impôts et taxes", 12, "", one), "Impôts et…");
});

test("else inside the word, never wider than the room", () => {
  assert.equal(fitted("Immobilisations corporelles", 8, "", one), "Immobil…");
  for (let room = 2; room < 27; room += 1) {
    assert.ok(fitted("Immobilisations corporelles", room, "", one).length <= room);
  }
});
