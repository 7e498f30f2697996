// What the page tells the view: addresses, language, visible tabs, texts.
import { TABS } from "./state.js";

/** Options of the element, every one with a usable value. Tabs the view does not know are dropped. */
export function readOptions(root) {
  const given = JSON.parse(root.dataset.budgetView || "{}");
  const tabs = (given.tabs ?? TABS).filter((tab) => TABS.includes(tab));
  return {
    ...given,
    lang: given.lang === "en" ? "en" : "fr",
    tabs: tabs.length ? tabs : TABS,
    palette: given.palette ?? "default",
  };
}

/** JSON of a script element of the page, null when it is absent. */
export function embedded(id) {
  const element = document.getElementById(id);
  return element?.textContent.trim() ? JSON.parse(element.textContent) : null;
}
