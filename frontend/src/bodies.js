// Names of public bodies while one is typed. Without this script the field is plain text.
import { h, onPage } from "./ui/dom.js";

const WAIT = 150;

/** Fills the list of the field with the bodies that its address gives for what is typed in it. */
export function suggesting(input) {
  const list = document.getElementById(input.getAttribute("list"));
  let asked = "";
  return async () => {
    const text = input.value.trim();
    if (text.length < 2 || text === asked) return;
    asked = text;
    const address = `${input.dataset.budgetBodies}?q=${encodeURIComponent(text)}`;
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok || asked !== text) return;
    const bodies = await answer.json();
    list.replaceChildren(
      ...bodies.map(({ name, budgets }) =>
        h("option", { value: name, label: `${name} (${budgets})` }),
      ),
    );
  };
}

onPage(() => {
  const input = document.querySelector("[data-budget-bodies]");
  if (!input) return;
  const suggest = suggesting(input);
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  });
});
