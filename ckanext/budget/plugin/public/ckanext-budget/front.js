// Names of what CKAN's own scripts add to a page without one, for those who hear the page.
(function () {
  const words = JSON.parse(document.currentScript.dataset.names);

  function labelOf(box) {
    const field = box.closest(".select2-container").parentElement.querySelector("[id][data-module], select, input");
    const label = field && document.querySelector(`label[for="${field.id}"]`);
    return label ? label.textContent.trim() : words.list;
  }

  const MENDED = [
    [".table-bulk-edit thead input[type=checkbox]", (e) => e.setAttribute("aria-label", words.all)],
    [".resource-item a.handle", (e) => e.setAttribute("aria-label", words.move)],
    [".select2-selection[role=combobox]", (e) => e.setAttribute("aria-label", labelOf(e))],
    // a text area is no search box
    ["textarea.select2-search__field[role]", (e) => e.removeAttribute("role")],
  ];

  function mend() {
    for (const [selector, act] of MENDED)
      for (const found of document.querySelectorAll(selector))
        if (!found.hasAttribute("aria-label") && !found.hasAttribute("aria-labelledby") || found.matches("textarea[role]")) act(found);
  }

  mend();
  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
})();
