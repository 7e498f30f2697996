// Columns of the data of a chart. People's table and the CSV are both made from one list of columns and
// one list of rows, so that they cannot disagree.
import { euros } from "./format.js";

/**
 * Kinds of columns: `kind(label, of, show?)` where `of(row)` is the value. `show(value, row)` is what
 * people read; `write(value)` is the CSV cell: euros with two decimals, ratios with four. What is
 * unknown (null, no finite number) is a dash for people and an empty cell in the CSV.
 */
export function columnKinds(format) {
  return {
    text: kind({ show: given, write: given }),
    code: kind({ show: (code) => (code === "" ? "–" : given(code)), write: given }),
    count: number(format.integer, String),
    cents: number(format.exact, euros),
    ratio: number(format.percent, decimals),
    points: number(format.rate, (bp) => decimals(bp / 10_000)),
    hundredths: number(format.hundredths, (value) => euros(value)),
    years: number(format.years, (value) => euros(value)),
  };
}

const kind =
  (usual) =>
  (label, of, show = usual.show) => ({ ...usual, label, of, show });
const number = (show, write) =>
  kind({ show, write: (value) => (Number.isFinite(value) ? write(value) : ""), numeric: true });
const given = (value) => value ?? "";
const decimals = (ratio) => ratio.toFixed(4);

/** What people read: { caption, columns, rows, foot } of a data table; `total` is a row too. */
export function shownTable({ title, columns, rows, total }) {
  const line = (row) => columns.map(({ of, show }) => show(of(row), row));
  return { caption: title, columns, rows: rows.map(line), foot: total && line(total) };
}

/** What the CSV holds, as [head, rows]: the exact values of the same cells. */
export function writtenTable({ columns, rows }) {
  const line = (row) => columns.map(({ of, write }) => write(of(row)));
  return [columns.map(({ label }) => label), rows.map(line)];
}
