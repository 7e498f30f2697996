import assert from "node:assert/strict";
import { test } from "node:test";
import { suggesting } from "../src/bodies.js";
import { portal, showPage } from "./page.js";

const FIELD = '<div class="input-group"><input name="q"></div>';
const WORDS = { none: "aucune", zero: "rien", one: "1 budget", number: "{number} budgets" };

async function field(answer) {
  const { url, asked } = await portal(answer);
  const window = showPage(FIELD, url);
  const input = window.document.querySelector("input");
  const chosen = [];
  const choose = (body) => chosen.push(body.name);
  const suggest = suggesting(input, { address: "/suggest", words: WORDS, choose });
  const type = (text) => {
    input.value = text;
    return suggest();
  };
  const press = (key) => input.dispatchEvent(new window.KeyboardEvent("keydown", { key }));
  const list = window.document.querySelector("[role=listbox]");
  const options = () => [...list.querySelectorAll("[role=option]")];
  return { asked, chosen, input, list, options, press, type };
}

test("names come from the second letter on, once for the same words", async () => {
  const { asked, type, options } = await field(() => [
    { name: "Évry & co", code: "51001", budgets: 3 },
    { name: "Év", budgets: 1 },
    { name: "Évian", budgets: 0 },
  ]);
  for (const text of ["é", "év", " év "]) await type(text);
  assert.deepEqual(
    asked.map(({ path }) => path),
    ["/suggest?q=%C3%A9v"],
  );
  assert.deepEqual(
    options().map((option) => [...option.children].map((part) => part.textContent)),
    [
      ["Évry & co (51001)", "3 budgets"],
      ["Év", "1 budget"],
      ["Évian", "rien"],
    ],
  );
});

test("arrows walk the list, Enter takes, Escape closes", async () => {
  const { chosen, input, list, options, press, type } = await field(() => [
    { name: "un", budgets: 1 },
    { name: "deux", budgets: 1 },
  ]);
  await type("un");
  assert.equal(input.getAttribute("aria-expanded"), "true");
  press("ArrowDown");
  press("ArrowDown");
  assert.equal(input.getAttribute("aria-activedescendant"), options()[1].id);
  assert.equal(options()[1].getAttribute("aria-selected"), "true");
  press("Enter");
  assert.deepEqual(chosen, ["deux"]);
  press("Escape");
  assert.equal(list.hidden, true);
  assert.equal(input.hasAttribute("aria-activedescendant"), false);
  press("Enter");
  assert.deepEqual(chosen, ["deux"]);
});

test("nothing found is said", async () => {
  const { list, options, type } = await field(() => []);
  await type("zz");
  assert.equal(options().length, 0);
  assert.equal(list.textContent, "aucune");
});

test("a portal that refuses leaves what was there", async () => {
  let answer = [{ name: "Évry", budgets: 1 }];
  const { type, options } = await field(() => answer);
  await type("év");
  answer = 500;
  await type("évr");
  assert.equal(options().length, 1);
});

test("an answer that comes after other words were typed is thrown away", async () => {
  const { type, options } = await field(({ path }) => [{ name: path, budgets: 1 }]);
  await Promise.all([type("év"), type("évry")]);
  assert.deepEqual(
    options().map((option) => option.firstChild.textContent),
    ["/suggest?q=%C3%A9vry"],
  );
});
