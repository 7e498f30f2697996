// The deposit pages: files are sent as soon as they are chosen, one by one, with their progress; what the
// portal works on is followed. Without this script the forms send everything themselves.
import { h, onPage } from "./ui/dom.js";

const FIRST_WAIT = 2000;
const LONGEST_WAIT = 15_000;

/** The form of new files: choosing or dropping some is enough to send them. */
export function sendWhatIsChosen(form) {
  const field = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-budget-drop]");
  const send = () => deposit(form, [...field.files]);
  const chosen = () => field.files.length && form.checkValidity() && send();
  field.addEventListener("change", chosen);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) send();
  });
  for (const name of ["dragover", "drop"])
    drop.addEventListener(name, (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => {
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change"));
  });
  chosen(); // the files may have been chosen before this script was there
}

/** Makes a deposit, sends it the files in turn, then opens its page. */
export async function deposit(form, files) {
  if (form.dataset.busy) return;
  const status = form.querySelector("[data-budget-status]");
  const list = form.querySelector("[data-budget-list]");
  status.className = "mt-3";
  list.replaceChildren();
  setBusy(form, true);
  try {
    const made = await send(form.action, fields(form));
    const asked = [];
    for (const file of files)
      asked.push(await sendFile(form, file, { url: made.url, list, status }));
    status.textContent = form.dataset.textDone;
    const confirmed = await ask(form, asked.flat());
    for (const [place, file] of files.entries()) {
      const known = asked[place].filter(({ token }) => confirmed.has(token));
      if (known.length) await sendFile(form, file, { url: made.url, list, status }, known);
    }
    window.location.assign(made.url);
  } catch {
    status.textContent = form.dataset.textFailed;
    status.className = "alert alert-danger mt-3";
    setBusy(form, false);
  }
}

/** The names that may be those of bodies: they are on this page only. The tokens of those that are. */
async function ask(form, asked) {
  const names = new Map(asked.map((item) => [item.token, item]));
  if (!names.size) return new Set();
  const texts = form.dataset;
  const box = (item) => {
    const id = `confirm-${item.token}`;
    const field = h("input", {
      type: "checkbox",
      class: "form-check-input",
      id,
      value: item.token,
    });
    const times = item.number > 1 ? ` × ${item.number}` : "";
    const label = h("label", { class: "form-check-label checkbox", for: id }, item.name + times);
    return h("div", { class: "form-check" }, field, label);
  };
  const confirm = h("button", { type: "button", class: "btn btn-primary mb-2" }, texts.textConfirm);
  const leave = h("button", { type: "button", class: "btn btn-secondary mb-2" }, texts.textLeave);
  const title = h("h2", { class: "h4 mt-3", tabindex: "-1" }, texts.textAsked);
  const place = form.querySelector("[data-budget-asked]");
  place.replaceChildren(
    title,
    h("p", texts.textWhy),
    h(
      "fieldset",
      h("legend", { class: "visually-hidden" }, texts.textAsked),
      ...[...names.values()].map(box),
    ),
    h("p", { class: "mt-3" }, confirm, " ", leave),
  );
  title.focus();
  const chosen = await new Promise((resolve) => {
    confirm.addEventListener("click", () => resolve(place.querySelectorAll("input:checked")));
    leave.addEventListener("click", () => resolve([]));
  });
  const tokens = new Set([...chosen].map(({ value }) => value));
  place.replaceChildren();
  return tokens;
}

async function sendFile(form, file, { url, list, status }, confirmed = []) {
  const bar = h("progress", { max: "1", "aria-label": file.name });
  const verdict = h("span");
  list.append(h("li", h("span", `${file.name} `), bar, " ", verdict));
  const say = (words) => (status.textContent = `${words} : ${file.name}`);
  say(form.dataset.textSending);
  const data = fields(form);
  data.append("upload", file);
  for (const { token } of confirmed) data.append("confirm", token);
  const answer = await send(`${url}/fichier`, data, (share) => {
    bar.value = share;
    if (share < 1) return;
    bar.removeAttribute("value"); // all is sent, the check has no known length
    say(form.dataset.textChecking);
  });
  bar.value = 1;
  verdict.textContent = verdictOf(answer.files, form.dataset);
  return answer.asked || [];
}

/** What became of a file (of each document, when it was an archive), in the words of the form. */
export function verdictOf(files, texts) {
  const word = (state) => texts[`text${state.charAt(0).toUpperCase()}${state.slice(1)}`] || state;
  return files
    .map(({ state, message }) => [word(state), message].filter(Boolean).join(" : "))
    .join(" ; ");
}

function fields(form) {
  const data = new FormData();
  for (const { name, value } of form.querySelectorAll("input[type=hidden], select"))
    data.append(name, value);
  return data;
}

/** Answer of the portal to a form; `progress(share)` from 0 to 1 while it is sent, which fetch cannot tell. */
function send(url, data, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const refuse = () => reject(new Error(`${request.status}`));
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    if (progress)
      request.upload.addEventListener("progress", ({ lengthComputable, loaded, total }) =>
        progress(lengthComputable ? loaded / total : 0),
      );
    request.addEventListener("load", () =>
      request.status === 200 && request.response ? resolve(request.response) : refuse(),
    );
    request.addEventListener("error", refuse);
    request.send(data);
  });
}

function setBusy(form, busy) {
  if (busy) form.dataset.busy = "yes";
  else delete form.dataset.busy;
  for (const control of form.querySelectorAll("button, input[type=file]")) control.disabled = busy;
}

/** The page of a deposit that the portal works on: tells how far it is, shows the page anew at the end. */
export function follow(box, wait = FIRST_WAIT) {
  setTimeout(async () => {
    try {
      const headers = { Accept: "application/json" };
      const answer = await (await fetch(box.dataset.budgetWaiting, { headers })).json();
      if (!answer.waiting) return window.location.reload();
      tell(box, answer.files);
      follow(box, Math.min(wait * 1.5, LONGEST_WAIT));
    } catch {
      follow(box, LONGEST_WAIT);
    }
  }, wait);
}

function tell(box, files) {
  const done = files.filter(({ state }) => !["waiting", "publishing"].includes(state)).length;
  box.querySelector("progress").value = done;
  box.querySelector("[role=status]").textContent = box.dataset.text
    .replace("{done}", done)
    .replace("{total}", files.length);
}

/** The answer may take some seconds: says it, and sends the proposal once. */
export function publishOnce(proposal) {
  const said = proposal.querySelector("[data-budget-busy]");
  proposal.addEventListener("submit", (event) => {
    if (proposal.dataset.busy) event.preventDefault();
    else if (event.submitter?.value === "publish") {
      proposal.dataset.busy = "yes";
      said.textContent = proposal.dataset.textBusy;
    }
  });
  // Back to this page by the browser's own button: it may be sent again.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    delete proposal.dataset.busy;
    said.textContent = "";
  });
}

onPage(() => {
  const roles = {
    "[data-budget-deposit]": sendWhatIsChosen,
    "[data-budget-waiting]": (box) => follow(box),
    "#deposit-form": publishOnce,
  };
  for (const [selector, begin] of Object.entries(roles)) {
    const element = document.querySelector(selector);
    if (element) begin(element);
  }
});
