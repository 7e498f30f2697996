// Names of public bodies while one is typed: a list that the arrows walk (ARIA's combobox). Without
// this script the field is plain text, and its form finds the body.
import { h, onPage, uid } from "./ui/dom.js";

const WAIT = 150;

/** Shows under the field the bodies that `address` gives for what is typed; `choose` takes one. */
export function suggesting(input, { address, words = {}, choose }) {
  const list = h("ul", { id: uid("bodies"), role: "listbox", hidden: true });
  (input.closest(".input-group") ?? input).after(list);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    "aria-expanded": "false",
  }))
    input.setAttribute(name, value);
  let asked = "";
  let at = -1;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const show = (shown) => {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) mark(-1);
  };
  const mark = (next) => {
    at = next;
    options().forEach((option, rank) => {
      option.setAttribute("aria-selected", String(rank === at));
      if (rank === at) {
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView?.({ block: "nearest" });
      }
    });
    if (at < 0) input.removeAttribute("aria-activedescendant");
  };
  const option = (body) =>
    h(
      "li",
      {
        id: uid("body"),
        role: "option",
        onmousedown: (event) => {
          event.preventDefault();
          choose(body);
        },
      },
      h("span", `${body.name}${body.code ? ` (${body.code})` : ""}`),
      h("span", counted(body.budgets, words)),
    );

  input.addEventListener("blur", () => show(false));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = options().length;
    if (step && count) {
      event.preventDefault();
      if (list.hidden) show(true);
      mark((at + step + count) % count);
    } else if (event.key === "Escape") show(false);
    else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      choose(list.bodies[at]);
    }
  });

  return async () => {
    const text = input.value.trim();
    if (text.length < 2) return show(false);
    if (text === asked) return;
    asked = text;
    const answer = await fetch(`${address}?q=${encodeURIComponent(text)}`).catch(() => null);
    if (!answer?.ok || asked !== text) return;
    list.bodies = await answer.json();
    list.replaceChildren(
      ...(list.bodies.length ? list.bodies.map(option) : [h("li", { role: "none" }, words.none)]),
    );
    show(true);
    mark(-1);
  };
}

function counted(number, { zero = "", one = "", number: many = "{number}" }) {
  return number ? (number === 1 && one) || many.replace("{number}", number) : zero;
}

onPage(() => {
  for (const form of document.querySelectorAll("[data-budget-find]")) {
    const input = form.querySelector("[name=q], [name=collectivite]");
    const choose = (body) => {
      if (input.name === "q") return location.assign(body.address);
      input.value = body.name;
      form.requestSubmit();
    };
    const words = form.dataset;
    const suggest = suggesting(input, { address: words.budgetFind, words, choose });
    let timer;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(suggest, WAIT);
    });
  }
});
