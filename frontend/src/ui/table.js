// A data table: { caption, columns: [{ label, numeric }], rows: [[text | Node]], foot?: [text] }.
import { h } from "./dom.js";

export function dataTable({ caption, columns, rows, foot }) {
  const kind = (i) => (columns[i]?.numeric ? "td.bv-number" : "td");
  return h(
    "div.bv-scroll",
    { tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table.bv-table",
      {},
      h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map(({ label, numeric }) =>
            h(numeric ? "th.bv-number" : "th", { scope: "col" }, label),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            row.map((cell, i) =>
              i === 0 ? h("th", { scope: "row" }, cell) : h(kind(i), {}, cell),
            ),
          ),
        ),
      ),
      foot &&
        h(
          "tfoot",
          {},
          h(
            "tr",
            {},
            foot.map((cell, i) =>
              i === 0 ? h("th", { scope: "row" }, cell) : h(kind(i), {}, cell),
            ),
          ),
        ),
    ),
  );
}
