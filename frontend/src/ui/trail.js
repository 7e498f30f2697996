// The breadcrumb of a drill-down: where we are, and the way back.
import { h } from "./dom.js";

/** steps: [{ label, path }], the last one being where we are; `go(path)` opens another. */
export function trail(t, steps, go) {
  return h(
    "nav.bv-trail",
    { "aria-label": t("trail.label") },
    h(
      "ol",
      steps.map(({ label, path }, i) =>
        h(
          "li",
          i === steps.length - 1
            ? h(
                "span",
                { "aria-current": "location", tabindex: "-1", data: { landing: "" } },
                label,
              )
            : h(
                "button.bv-link",
                {
                  type: "button",
                  onclick: () => go(path),
                  data: { key: `trail:${path.join("/")}` },
                },
                label,
              ),
        ),
      ),
    ),
  );
}
