import assert from "node:assert/strict";
import { test } from "node:test";
import { h } from "../src/ui/dom.js";
import { dataTable } from "../src/ui/table.js";
import { showPage } from "./page.js";

test("attributes may be left out; nothing and false are no children", () => {
  showPage("");
  const cases = [
    [h("p.a.b", "text"), '<p class="a b">text</p>'],
    [
      h("p", { id: "x", hidden: true, title: null }, "a", null, false, ["b", [0]]),
      '<p id="x" hidden="">ab0</p>',
    ],
    [h("p", null, h("b", "c")), "<p><b>c</b></p>"],
    [h("p", [h("i"), "d"]), "<p><i></i>d</p>"],
    [h("p", { data: { key: "k" } }), '<p data-key="k"></p>'],
    [h("p", "<b>"), "<p>&lt;b&gt;</p>"],
  ];
  for (const [element, html] of cases) assert.equal(element.outerHTML, html);
});

test("the first cell of a line is its heading, numbers are aligned", () => {
  showPage("");
  const columns = [{ label: "Poste" }, { label: "Montant", numeric: true }];
  const table = dataTable({ caption: "Essai", columns, rows: [["a", "1"]], foot: ["Total", "1"] });
  const cells = [...table.querySelectorAll("th, td")].map((cell) => [
    cell.localName,
    cell.getAttribute("scope"),
    cell.className,
  ]);
  const line = [
    ["th", "row", ""],
    ["td", null, "bv-number"],
  ];
  assert.deepEqual(cells, [["th", "col", ""], ["th", "col", "bv-number"], ...line, ...line]);
});
