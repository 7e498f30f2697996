// Saves what a portal says of one view, for dev/serve.mjs:
//   node dev/record.mjs ADDRESS DIRECTORY
// ADDRESS is that of the light page (…/resource/ID/view/ID). DIRECTORY gets its options and texts, and the
// portal's answers (summary, history, similar), one JSON file each.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Window } from "happy-dom";
import { load } from "../src/api.js";

const [address, directory] = process.argv.slice(2);
const { document } = new Window();
document.write(await (await fetch(address)).text());
const options = JSON.parse(document.querySelector("[data-budget-view]").dataset.budgetView);
const texts = JSON.parse(document.getElementById("budget-texts").textContent);

await mkdir(directory, { recursive: true });
const save = (name, content) =>
  writeFile(join(directory, `${name}.json`), JSON.stringify(content, null, 1));
for (const name of ["summary", "history", "similar"])
  await save(name, await load(new URL(options[`${name}_url`], address).href));
await save("texts", texts);
await save("options", options);
