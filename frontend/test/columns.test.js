import assert from "node:assert/strict";
import { test } from "node:test";
import { columnKinds, shownTable, writtenTable } from "../src/columns.js";
import { formats } from "../src/format.js";

const plain = (text) => String(text).replace(/[\u00a0\u202f]/g, " ");
const kinds = columnKinds(formats("fr"));

test("a kind of column tells people and the CSV the same value", () => {
  const cases = [
    ["text", "Écoles", "Écoles", "Écoles"],
    ["text", null, "", ""],
    ["code", "011", "011", "011"],
    ["code", "", "–", ""],
    ["code", undefined, "", ""],
    ["count", 12345, "12 345", "12345"],
    ["count", null, "–", ""],
    ["cents", -123_456, "−1 234,56 €", "-1234.56"],
    ["cents", null, "–", ""],
    ["ratio", 0.25, "25 %", "0.2500"],
    ["ratio", Number.NaN, "–", ""],
    ["points", 1234, "12,34 %", "0.1234"],
    ["points", null, "–", ""],
    ["hundredths", 169_303, "1 693,03", "1693.03"],
    ["hundredths", 400, "4", "4.00"],
    ["years", 110, "1,1 an", "1.10"],
    ["years", null, "–", ""],
  ];
  for (const [kind, value, read, saved] of cases) {
    const columns = [kinds[kind]("Titre", (row) => row.value)];
    const chart = { title: "Essai", columns, rows: [{ value }] };
    assert.equal(plain(shownTable(chart).rows[0][0]), read, `${kind} ${value}`);
    assert.deepEqual(writtenTable(chart), [["Titre"], [[saved]]], `${kind} ${value}`);
  }
});

test("what people read may be dressed, the CSV keeps the value; the total is for people", () => {
  const columns = [
    kinds.text(
      "Nom",
      ({ name }) => name,
      (name, { mark }) => `${name}${mark ?? ""}`,
    ),
    kinds.cents("Montant", ({ value }) => value),
  ];
  const rows = [{ name: "Pré", mark: "*", value: 100 }];
  const chart = { title: "Essai", columns, rows, total: { name: "Total", value: 100 } };
  const { caption, rows: shown, foot } = shownTable(chart);
  assert.deepEqual([caption, shown[0][0], foot.map(plain)], ["Essai", "Pré*", ["Total", "1,00 €"]]);
  assert.deepEqual(writtenTable(chart)[1], [["Pré", "1.00"]]);
  assert.equal(shownTable({ ...chart, total: undefined }).foot, undefined);
});
