import assert from "node:assert/strict";
import { test } from "node:test";
import { suggesting } from "../src/bodies.js";
import { portal, showPage } from "./page.js";

const FIELD =
  '<input list="bodies" data-budget-bodies="/suggest"><datalist id="bodies"></datalist>';

async function field(answer) {
  const { url, asked } = await portal(answer);
  const { document } = showPage(FIELD, url);
  const input = document.querySelector("input");
  const suggest = suggesting(input);
  const type = (text) => {
    input.value = text;
    return suggest();
  };
  const options = () => [...document.querySelectorAll("option")];
  return { asked, type, options };
}

test("names come from the second letter on, once for the same words", async () => {
  const { asked, type, options } = await field(() => [{ name: "Évry & co", budgets: 3 }]);
  for (const text of ["é", "év", " év "]) await type(text);
  assert.deepEqual(
    asked.map(({ path }) => path),
    ["/suggest?q=%C3%A9v"],
  );
  const [option] = options();
  assert.deepEqual([option.value, option.getAttribute("label")], ["Évry & co", "Évry & co (3)"]);
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
    options().map(({ value }) => value),
    ["/suggest?q=%C3%A9vry"],
  );
});
