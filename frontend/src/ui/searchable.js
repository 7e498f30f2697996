// A long table that is searched as one types and sorted by its headers.
import { shownTable } from "../columns.js";
import { h, uid } from "./dom.js";

const MOST = 100; // rows shown at once; the CSV has them all

const bare = (text) =>
  String(text ?? "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase();

export function searchable(app, block) {
  const { t, format } = app;
  const { columns, rows } = block;
  const shown = shownTable(block).rows;
  const found = shown.map((cells) => bare(cells.join(" ")));
  const order = { by: -1, down: true };
  const body = h("tbody");
  const said = h("p.bv-note", { role: "status" });
  const field = h("input.bv-input", {
    type: "search",
    id: uid("search"),
    data: { key: `${block.id}-search` },
  });
  const heads = columns.map(({ label, numeric }, i) => {
    const button = h("button.bv-sort", { type: "button", data: { sort: String(i) } }, label);
    const head = h(numeric ? "th.bv-number" : "th", { scope: "col" }, button);
    button.addEventListener("click", () => {
      order.down = order.by === i ? !order.down : Boolean(numeric);
      order.by = i;
      draw();
    });
    return head;
  });

  function draw() {
    const words = bare(field.value).split(/\s+/).filter(Boolean);
    const kept = rows
      .map((_, i) => i)
      .filter((i) => words.every((word) => found[i].includes(word)));
    if (order.by >= 0) kept.sort((a, b) => compared(a, b) || a - b);
    heads.forEach((head, i) =>
      head.setAttribute(
        "aria-sort",
        order.by !== i ? "none" : order.down ? "descending" : "ascending",
      ),
    );
    body.replaceChildren(
      ...kept.slice(0, MOST).map((i) =>
        h(
          "tr",
          shown[i].map((cell, at) =>
            at === 0
              ? h("th", { scope: "row" }, cell)
              : h(columns[at].numeric ? "td.bv-number" : "td", cell),
          ),
        ),
      ),
    );
    said.textContent = t("search.found", {
      count: kept.length,
      shown: format.integer(Math.min(MOST, kept.length)),
    }).replace("#", format.integer(kept.length));
  }

  function compared(a, b) {
    const of = columns[order.by].of;
    const [x, y] = [of(rows[a]), of(rows[b])];
    const gap = columns[order.by].numeric
      ? (x ?? -Infinity) - (y ?? -Infinity)
      : String(x ?? "").localeCompare(String(y ?? ""));
    return order.down ? -gap : gap;
  }

  field.addEventListener("input", draw);
  draw();
  return h(
    "div.bv-searchable",
    h("label.bv-label", { for: field.id }, t("search.label")),
    field,
    said,
    h(
      "div.bv-scroll",
      { tabindex: "0", role: "region", "aria-label": block.title },
      h("table.bv-table", h("caption", block.title), h("thead", h("tr", heads)), body),
    ),
  );
}
