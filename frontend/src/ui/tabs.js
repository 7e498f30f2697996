// Tabs after the WAI-ARIA pattern: arrows move, the tab under the focus is shown.
import { h } from "./dom.js";

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
  const element = h(
    "div.bv-tabs",
    { role: "tablist", "aria-label": t("tabs"), onkeydown: move },
    buttons,
  );
  const select = (tab) => {
    for (const button of buttons) {
      const current = button.dataset.tab === tab;
      button.setAttribute("aria-selected", String(current));
      button.tabIndex = current ? 0 : -1;
      if (current) element.scrollTo({ left: button.offsetLeft - 56 });
    }
  };
  return { element, select };
}
