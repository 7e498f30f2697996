// A list of posts with their share: reads like the chart, opens like the chart, works from the keyboard.
import { LINE } from "../palette.js";
import { h } from "./dom.js";

/** items: [{ key, label, code, colour, value: text, share: text, open: function | null, children? }] */
export function ranking(label, items) {
  return h("ol.bv-ranking", { "aria-label": label }, items.map(row));
}

function row({ key, label, code, colour, value, share, width, open, children }) {
  const words = [
    h("span.bv-ranking-name", code && h("span.bv-code", code), " ", label),
    h("span.bv-ranking-value", value, share && h("span.bv-percent", ` ${share}`)),
  ];
  const line = h("span.bv-ranking-bar", {
    "aria-hidden": "true",
    style: {
      "--width": `${Math.max(0, Math.min(100, width ?? 0))}%`,
      "--colour": colour ?? LINE,
    },
  });
  if (children) {
    return h(
      "li",
      h(
        "details.bv-ranking-more",
        { data: { key: `more:${key}` } },
        h("summary.bv-ranking-row", words, line),
        ranking(label, children),
      ),
    );
  }
  const inner = open
    ? h(
        "button.bv-ranking-row",
        { type: "button", onclick: open, data: { key: `open:${key}`, open: key } },
        words,
        line,
      )
    : h("div.bv-ranking-row", words, line);
  return h("li", inner);
}
