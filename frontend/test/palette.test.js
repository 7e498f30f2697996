import assert from "node:assert/strict";
import { test } from "node:test";
import { PALETTES, contrast, inkOn, lighten } from "../src/palette.js";

// Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
const BLINDNESS = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

const linear = (colour) =>
  [1, 3, 5].map((at) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });

function lab(rgb) {
  const white = [0.95047, 1, 1.08883];
  const matrix = [
    [0.4124, 0.3576, 0.1805],
    [0.2126, 0.7152, 0.0722],
    [0.0193, 0.1192, 0.9505],
  ];
  const [x, y, z] = matrix.map((row, i) => {
    const value =
      row.reduce((sum, factor, j) => sum + factor * Math.min(1, Math.max(0, rgb[j])), 0) / white[i];
    return value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const distance = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
const seen = (colour, matrix) =>
  lab(matrix.map((row) => row.reduce((sum, factor, j) => sum + factor * linear(colour)[j], 0)));

test("every drawn colour stands out from the page", () => {
  for (const { series, ...named } of Object.values(PALETTES)) {
    for (const colour of [...series, ...Object.values(named)])
      assert.ok(contrast(colour, "#ffffff") >= 3, colour);
  }
});

test("words on a block can be read, on its paler levels too", () => {
  for (const { series } of Object.values(PALETTES)) {
    for (const colour of series) {
      for (const tone of [colour, lighten(colour, 0.07)])
        assert.ok(contrast(inkOn(tone), tone) >= 4.5, tone);
    }
  }
});

test("colour-blind readers tell receipts from expenditure, and voted from realised", () => {
  for (const name of ["default", "contrast"]) {
    const { receipt, expense, soft, series } = PALETTES[name];
    for (const matrix of Object.values(BLINDNESS)) {
      for (const [a, b] of [
        [receipt, expense],
        [receipt, soft],
        [series[0], series[1]],
      ]) {
        assert.ok(distance(seen(a, matrix), seen(b, matrix)) > 15, `${name}: ${a} ${b}`);
      }
    }
  }
});
