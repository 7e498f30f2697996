// Entry point: starts one view per element that asks for it.
import "./styles/view.css";
import { start } from "./app.js";
import { onPage } from "./ui/dom.js";

onPage(() => {
  for (const root of document.querySelectorAll("[data-budget-view]")) {
    if (!root.dataset.budgetStarted) {
      root.dataset.budgetStarted = "true";
      start(root);
    }
  }
});
