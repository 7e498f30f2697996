// A data table: { caption, columns: [{ label, numeric }], rows: [[text | Node]], foot?: [text] }.
import { h } from "./dom.js";

export function dataTable({ caption, columns, rows, foot }) {
  const kind = (tag, { numeric }) => (numeric ? `${tag}.bv-number` : tag);
  const line = (cells) =>
    h(
      "tr",
      cells.map((cell, i) =>
        i === 0 ? h("th", { scope: "row" }, cell) : h(kind("td", columns[i]), cell),
      ),
    );
  const head = columns.map((column) => h(kind("th", column), { scope: "col" }, column.label));
  return h(
    "div.bv-scroll",
    { tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table.bv-table",
      h("caption", caption),
      h("thead", h("tr", head)),
      h("tbody", rows.map(line)),
      foot && h("tfoot", line(foot)),
    ),
  );
}
