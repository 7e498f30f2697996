// The foot of the page: link to this picture, embed code, file, glossary.
import { format as written } from "../state.js";
import { h, uid } from "./dom.js";
import { embedCode, shareUrl } from "./frame.js";

const HEIGHT = 900;

export function shareBlock(app) {
  const { t, options } = app;
  const link = field(app, t("share.link"), "input.bv-input", {
    type: "text",
    data: { share: "link" },
  });
  const code = field(app, t("share.code"), "textarea.bv-input.bv-code-area", {
    rows: "5",
    data: { share: "code" },
  });
  const element = h(
    "footer.bv-footer",
    h(
      "div.bv-footer-row",
      h(
        "button.bv-button",
        {
          type: "button",
          onclick: () => app.glossary.open(),
          "aria-haspopup": "dialog",
          data: { key: "glossary" },
        },
        t("glossary.open"),
      ),
      options.csv_url &&
        h("a.bv-button", { href: options.csv_url, target: "_top" }, t("share.file")),
      h(
        "button.bv-button",
        { type: "button", onclick: () => window.print(), data: { key: "print" } },
        t("print"),
      ),
    ),
    h(
      "details.bv-share",
      { data: { key: "share" } },
      h("summary", t("share")),
      h("p", t("share.lead")),
      link.element,
      code.element,
    ),
    h("p.bv-source", app.source),
  );
  const update = () => {
    const hash = written(app.state, app.defaults);
    link.input.value = shareUrl(hash);
    const embedded = `${(options.embed_url || location.href).split("#")[0]}${hash ? `#${hash}` : ""}`;
    code.input.value = embedCode(embedded, app.subtitle, HEIGHT);
  };
  return { element, update };
}

function field(app, label, selector, attributes) {
  const { t } = app;
  const input = h(selector, {
    id: uid("share"),
    readonly: true,
    spellcheck: "false",
    onfocus: () => input.select(),
    ...attributes,
  });
  const said = h("span.bv-copied", { role: "status" });
  const copy = async () => {
    said.textContent = t((await copied(input)) ? "share.copied" : "share.by-hand");
  };
  return {
    input,
    element: h(
      "div.bv-share-field",
      h("label.bv-label", { for: input.id }, label),
      input,
      h(
        "div.bv-footer-row",
        h(
          "button.bv-button",
          { type: "button", onclick: copy, "aria-label": `${t("share.copy")} – ${label}` },
          t("share.copy"),
        ),
        said,
      ),
    ),
  };
}

/** Inside a frame of another site the clipboard is often refused: the text is then selected. */
async function copied(input) {
  try {
    await navigator.clipboard.writeText(input.value);
    return true;
  } catch {
    input.select();
    return false;
  }
}
