import assert from "node:assert/strict";
import { test } from "node:test";
import { figureText, formats, readable } from "../src/format.js";

const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ");
const fr = formats("fr");
const en = formats("en");

test("amounts read as people say them", () => {
  assert.equal(plain(fr.compact(1_234_567_89)), "1,2 M€");
  assert.equal(plain(fr.compact(999_999_99)), "1,0 M€");
  assert.equal(plain(fr.compact(437_104_00)), "437 104 €");
  assert.equal(plain(fr.compact(-2_500_000_000_00)), "−2,5 Md€");
  assert.equal(plain(fr.exact(-1)), "−0,01 €");
  assert.equal(en.compact(1_234_567_89), "€1.2m");
  assert.equal(en.exact(123_456), "€1,234.56");
});

test("graduations carry no useless decimals", () => {
  assert.equal(plain(fr.axis(80_000_000_00)), "80 M€");
  assert.equal(plain(fr.axis(2_500_00)), "2,5 k€");
  assert.equal(plain(fr.axis(0)), "0 €");
});

test("an unknown value is a dash, zero is zero", () => {
  assert.equal(fr.exact(null), "–");
  assert.equal(fr.percent(Number.NaN), "–");
  assert.equal(plain(fr.percent(-0.0001)), "0 %");
  assert.equal(plain(fr.percent(0.0412)), "4,1 %");
  assert.equal(plain(figureText(fr, "bp", 1234)), "12 %");
});

test("capitals become a sentence, acronyms stay", () => {
  assert.equal(readable("CHARGES DE TVA ET D'ÉNERGIE"), "Charges de TVA et d'énergie");
  assert.equal(readable("Déjà lisible"), "Déjà lisible");
  assert.equal(readable("CCAS"), "CCAS");
});
