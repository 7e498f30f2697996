// The glossary: a dialog with every term, opened at one of them.
import { h } from "./dom.js";

/** given: [{ id, term, definition }] as the server wrote them; shown by term. */
export function glossaryDialog(lang, t, given = []) {
  const entries = [...given].sort((a, b) => a.term.localeCompare(b.term, lang));
  const anchor = (id) => `budget-glossary-${id}`;
  const dialog = h(
    "dialog.bv-dialog",
    { "aria-labelledby": "budget-glossary-title" },
    h(
      "div.bv-dialog-head",
      h("h2", { id: "budget-glossary-title" }, t("glossary.title")),
      h(
        "button.bv-close",
        { type: "button", "aria-label": t("close"), onclick: () => dialog.close() },
        "×",
      ),
    ),
    h(
      "dl.bv-glossary",
      { tabindex: "0", role: "group", "aria-labelledby": "budget-glossary-title" },
      entries.map(({ id, term: name, definition }) =>
        h("div", { id: anchor(id), tabindex: "-1" }, h("dt", name), h("dd", definition)),
      ),
    ),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  const known = new Set(entries.map(({ id }) => id));
  const open = (id) => {
    if (!dialog.isConnected) document.body.append(dialog);
    dialog.showModal();
    for (const each of dialog.querySelectorAll(".bv-target")) each.classList.remove("bv-target");
    const target = id && dialog.querySelector(`#${CSS.escape(anchor(id))}`);
    if (!target) return;
    target.classList.add("bv-target");
    target.scrollIntoView({ block: "start" });
    target.focus({ preventScroll: true });
  };
  return { open, known };
}

/** The words as a link to their definition, or as plain text when the glossary lacks them. */
export function term(app, id, words) {
  if (!app.glossary.known.has(id)) return words;
  return h(
    "button.bv-term",
    {
      type: "button",
      "aria-haspopup": "dialog",
      onclick: () => app.glossary.open(id),
      data: { key: `term:${id}`, term: id },
    },
    words,
  );
}
