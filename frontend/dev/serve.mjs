// A stand-alone page for working on the charts without a portal:
//   node dev/serve.mjs DIRECTORY [PORT]
// DIRECTORY holds what dev/record.mjs saved: options, texts, summary, history and similar (.json).
// ?lang=, ?palette= and ?title= of the address stand over the recorded options.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const [directory, port = "8765"] = process.argv.slice(2);
const build = fileURLToPath(new URL("../../ckanext/budget/plugin/assets/build/", import.meta.url));
const TYPES = { json: "application/json", js: "text/javascript", css: "text/css" };
const recorded = (name) => readFile(join(directory, `${name}.json`), "utf8");

async function page(query) {
  const options = {
    ...JSON.parse(await recorded("options")),
    summary_url: "/summary.json",
    history_url: "/history.json",
    similar_url: "/similar.json",
    lines_url: null, // the lines themselves are not recorded
    ...Object.fromEntries(query),
  };
  const attribute = JSON.stringify(options).replaceAll("&", "&amp;").replaceAll("'", "&#39;");
  const texts = (await recorded("texts")).replaceAll("<", "\\u003c");
  return `<!doctype html><html lang="${options.lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>budget</title><link rel="stylesheet" href="/budget-view.css"><body style="margin:0"><main>
<div data-budget-view='${attribute}'></div></main>
<script type="application/json" id="budget-texts">${texts}</script><script src="/budget-view.js"></script>`;
}

createServer(async ({ url }, response) => {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const name = basename(pathname);
  const type = TYPES[name.split(".").pop()] ?? "text/html";
  try {
    const body = name
      ? await readFile(join(type === TYPES.json ? directory : build, name))
      : await page(searchParams);
    response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/`));
