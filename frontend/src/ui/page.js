// The head of the page, and what stands in for it while waiting or after a failure.
import { Unavailable } from "../api.js";
import { h } from "./dom.js";
import { term } from "./glossary.js";

export function header(app) {
  const { t, summary, format, options } = app;
  const { document: about } = summary;
  const stage = app.words.stage(about);
  return h(
    "header.bv-header",
    h("h1.bv-title", options.title || app.whose),
    options.title && !options.title.includes(app.whose) && h("p.bv-facts", app.whose),
    h(
      "p.bv-facts",
      term(app, about.stage.toLowerCase(), stage),
      about.population ? ` · ${t("people", { count: format.integer(about.population) })}` : "",
      about.norm ? ` · ${t("norm", { norm: about.norm })}` : "",
    ),
    about.annex && h("p.bv-stage", t("annex.says")),
    about.land_development && h("p.bv-stage", term(app, "lotissement", t("land.says"))),
    h("p.bv-stage", t(`stage.says.${about.stage || "unknown"}`)),
    notices(app),
  );
}

/** What the computation found about the document, worst first, folded when there are several. */
function notices({ summary, t, texts, format }) {
  const found = summary.findings ?? [];
  if (found.length === 0) return null;
  const list = h(
    "ul",
    found.map(({ code, count, message, severity }) =>
      h(
        "li",
        { data: { severity } },
        texts.findings?.[code]?.replace("{count}", format.integer(count)) ?? message,
      ),
    ),
  );
  return h(
    "details.bv-notices",
    { data: { key: "notices" } },
    h("summary", t("notices", { count: found.length })),
    list,
  );
}

export function waiting(t) {
  return h(
    "p.bv-waiting",
    { role: "status" },
    h("span.bv-spinner", { "aria-hidden": "true" }),
    t("waiting"),
  );
}

export function failure(t, error) {
  const known = error instanceof Unavailable;
  const told = known && / /.test(error.message); // the portal's own sentence, which is French
  if (!known) console.error(error);
  return h(
    "div.bv-empty",
    { role: "alert" },
    h("p", t(`failure.${told ? "file" : known ? error.message : "script"}`)),
    told && h("p", { lang: "fr" }, error.message),
    h("button.bv-button", { type: "button", onclick: () => location.reload() }, t("retry")),
  );
}
