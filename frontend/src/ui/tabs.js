// Tabs after the WAI-ARIA pattern: arrows move, the tab under the focus is shown. All of them are always in
// sight: on several rows where there is room, as a list of choices on a telephone.
import { h, uid } from "./dom.js";

export function tabList({ options, t }, onSelect) {
  const buttons = options.tabs.map((tab) =>
    h(
      "button.bv-tab",
      {
        type: "button",
        role: "tab",
        id: `bv-tab-${tab}`,
        "aria-controls": `bv-panel-${tab}`,
        onclick: () => onSelect(tab),
        data: { tab },
      },
      t(`tab.${tab}`),
    ),
  );
  const move = (event) => {
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[
      event.key
    ];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = buttons[(to + buttons.length) % buttons.length];
    next.focus();
    onSelect(next.dataset.tab);
  };
  const list = h(
    "div.bv-tabs",
    { role: "tablist", "aria-label": t("tabs"), onkeydown: move },
    buttons,
  );
  const menu = h(
    "select.bv-select",
    { id: uid("tabs"), onchange: ({ target }) => onSelect(target.value), data: { key: "tabs" } },
    options.tabs.map((tab) => h("option", { value: tab }, t(`tab.${tab}`))),
  );
  const element = h(
    "nav.bv-nav",
    { "aria-label": t("tabs") },
    list,
    options.tabs.length > 1 &&
      h("div.bv-tab-menu", h("label.bv-label", { for: menu.id }, t("tabs.menu")), menu),
  );
  const select = (tab) => {
    for (const button of buttons) {
      const current = button.dataset.tab === tab;
      button.setAttribute("aria-selected", String(current));
      button.tabIndex = current ? 0 : -1;
    }
    menu.value = tab;
  };
  return { element, select };
}
