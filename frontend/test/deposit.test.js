import assert from "node:assert/strict";
import { test } from "node:test";
import { deposit, follow, publishOnce, sendWhatIsChosen, verdictOf } from "../src/deposit.js";
import { portal, showPage, until } from "./page.js";

const FORM = (url) => `
<form action="${url}/depot" data-budget-deposit data-text-sending="Envoi" data-text-checking="Contrôle"
  data-text-done="Fini" data-text-failed="Échec" data-text-ready="Prêt" data-text-refused="Refusé">
  <input type="hidden" name="token" value="t1"><select name="owner_org"><option value="o1" selected></option></select>
  <div data-budget-drop><input type="file" name="upload" multiple required></div>
  <button type="submit">Contrôler</button><p data-budget-status></p><ul data-budget-list></ul>
</form>`;

async function page(answer) {
  const server = await portal(answer);
  const window = showPage(FORM(server.url), `${server.url}/nouveau`);
  const form = window.document.querySelector("form");
  const file = (name) => new window.File([`<${name}>`], name);
  const status = form.querySelector("[data-budget-status]");
  return { ...server, window, form, file, status };
}

test("files are sent in turn to a new deposit, each with its verdict", async () => {
  const { asked, form, file, status, url } = await page(({ path }) =>
    path === "/depot"
      ? { url: `${url}/depot/7` }
      : { files: [{ state: "refused", message: "Ce n'est pas un budget" }, { state: "ready" }] },
  );
  await deposit(form, [file("a.xml"), file("b.xml")]);
  const sent = asked.filter(({ method }) => method === "POST");
  assert.deepEqual(
    sent.map(({ path }) => path),
    ["/depot", "/depot/7/fichier", "/depot/7/fichier"],
  );
  for (const { body } of sent) assert.ok(body.includes("t1") && body.includes("o1"));
  assert.ok(sent[1].body.includes("<a.xml>") && sent[2].body.includes("<b.xml>"));
  const lines = [...form.querySelectorAll("li")].map((line) => line.textContent);
  assert.deepEqual(lines, [
    "a.xml  Refusé : Ce n'est pas un budget ; Prêt",
    "b.xml  Refusé : Ce n'est pas un budget ; Prêt",
  ]);
  assert.equal(status.textContent, "Fini");
});

test("what fails is told, and may be tried again", async () => {
  let answer = 500;
  const { form, file, status, url } = await page(() => answer);
  await deposit(form, [file("a.xml")]);
  assert.equal(status.textContent, "Échec");
  assert.ok(status.className.includes("alert-danger"));
  assert.equal(form.querySelector("button").disabled, false);
  answer = { url: `${url}/depot/7`, files: [] };
  await deposit(form, [file("a.xml")]);
  assert.equal(status.className, "mt-3");
});

test("a deposit on its way is not sent twice", async () => {
  const { asked, form, file, url } = await page(() => ({ url: `${url}/depot/7`, files: [] }));
  await Promise.all([deposit(form, [file("a.xml")]), deposit(form, [file("a.xml")])]);
  assert.equal(asked.filter(({ path }) => path === "/depot").length, 1);
});

test("choosing files is enough, and files chosen before the script was there count", async () => {
  for (const early of [true, false]) {
    const { asked, window, form, file, url } = await page(() => ({
      url: `${url}/depot/7`,
      files: [],
    }));
    const field = form.querySelector("input[type=file]");
    const choose = () => Object.defineProperty(field, "files", { value: [file("a.xml")] });
    if (early) choose();
    form.checkValidity = () => true;
    sendWhatIsChosen(form);
    if (!early) {
      choose();
      field.dispatchEvent(new window.Event("change"));
    }
    await until(() => asked.some(({ path }) => path === "/depot/7/fichier"));
  }
});

test("a state without a word of its own is shown as it is", () => {
  const texts = { textReady: "Prêt" };
  assert.equal(verdictOf([{ state: "ready", message: "" }], texts), "Prêt");
  assert.equal(verdictOf([{ state: "odd", message: "m" }], texts), "odd : m");
});

test("a page at work follows its files", async () => {
  const files = ["ready", "waiting", "publishing", "refused"].map((state) => ({ state }));
  const { url, asked } = await portal(() => ({ waiting: asked.length < 3, files }));
  const { document } = showPage(
    `<div data-budget-waiting="${url}/etat" data-text="{done} sur {total}">
       <progress max="4" value="0"></progress><p role="status"></p></div>`,
    url,
  );
  const box = document.querySelector("div");
  follow(box, 1);
  await until(() => asked.length >= 2 && box.querySelector("p").textContent);
  assert.equal(box.querySelector("p").textContent, "2 sur 4");
  assert.equal(Number(box.querySelector("progress").value), 2);
  await until(() => asked.length >= 3);
});

test("a proposal is published once, and again after the way back", () => {
  const window = showPage(
    `<form id="deposit-form" data-text-busy="Publication en cours">
       <button value="publish">Publier</button><button value="draft">Brouillon</button>
       <p data-budget-busy></p></form>`,
  );
  const form = window.document.querySelector("form");
  publishOnce(form);
  const said = () => form.querySelector("[data-budget-busy]").textContent;
  const press = (value) => {
    const submitter = form.querySelector(`[value=${value}]`);
    const event = new window.SubmitEvent("submit", { cancelable: true, submitter });
    form.dispatchEvent(event);
    return event.defaultPrevented;
  };
  assert.deepEqual([press("draft"), said()], [false, ""]);
  assert.deepEqual([press("publish"), said()], [false, "Publication en cours"]);
  assert.equal(press("publish"), true);
  window.dispatchEvent(Object.assign(new window.Event("pageshow"), { persisted: true }));
  assert.deepEqual([press("publish"), said()], [false, "Publication en cours"]);
});

test("names to look at are asked on the page, and the file goes again with what was ticked", async () => {
  const { asked, form, file, url } = await page(({ path, body }) =>
    path === "/depot"
      ? { url: `${url}/depot/7` }
      : {
          files: [],
          asked: body.includes("confirm") ? [] : [QUESTION, { ...QUESTION, token: "t2" }],
        },
  );
  const place = form.ownerDocument.createElement("div");
  place.dataset.budgetAsked = "";
  form.append(place);
  const done = deposit(form, [file("a.xml"), file("b.xml")]);
  await until(() => place.querySelector("button"));
  const boxes = [...place.querySelectorAll("input")];
  assert.deepEqual(
    boxes.map(
      ({ labels, id }) => (labels?.[0] || place.querySelector(`[for="${id}"]`)).textContent,
    ),
    ["LA BOULE × 2", "LA BOULE × 2"],
  );
  boxes[0].checked = true;
  place.querySelector(".btn-primary").click();
  await done;
  const again = asked.filter(({ body }) => body?.includes("confirm"));
  assert.equal(again.length, 2, "both files have the name");
  assert.ok(again[0].body.includes("t1-token") && !again[0].body.includes("t2"));
  assert.equal(place.textContent, "", "the names leave the page");
});

const QUESTION = {
  token: "t1-token",
  name: "LA BOULE",
  element: "CONCOURS/LibOrgaBenef",
  number: 2,
};
