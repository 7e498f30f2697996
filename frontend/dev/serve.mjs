// A stand-alone page for working on the charts without a portal:
//   node dev/serve.mjs DIRECTORY [PORT]
// DIRECTORY holds summaries (*.json, as `budget_summary` gives them) and, if wanted, texts.json (labels
// of figures, glossary). Documents of the same body make its history, all others its comparison.
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [directory, port = "8765"] = process.argv.slice(2);
const build = fileURLToPath(new URL("../../ckanext/budget/assets/build/", import.meta.url));
const json = async (path) => JSON.parse(await readFile(path, "utf8"));

async function summaries() {
  const names = (await readdir(directory)).filter(
    (name) => name.endsWith(".json") && name !== "texts.json",
  );
  return Promise.all(
    names.map(async (name) => [name.slice(0, -5), await json(join(directory, name))]),
  );
}

const figuresOf = ({ figures }) => Object.fromEntries(figures.map(({ id, value }) => [id, value]));

function chaptersOf({ by_nature: cube, chapters, basis }) {
  return cube.chapter.map((chapter, i) => [
    cube.section[i],
    cube.direction[i],
    cube.order[i],
    chapters.codes[chapter],
    cube.values[basis]?.[i] ?? 0,
  ]);
}

async function history(name) {
  const all = await summaries();
  const own = all.find(([id]) => id === name)[1].document;
  const documents = all
    .filter(([, { document }]) => document.siret === own.siret)
    .map(([id, each]) => ({
      resource_id: id,
      url: `/?name=${id}`,
      year: each.document.year,
      stage: each.document.stage,
      title: `${each.document.stage_label} ${each.document.year}`,
      figures: figuresOf(each),
      chapters: chaptersOf(each),
    }))
    .sort((a, b) => a.year - b.year);
  const labels = Object.fromEntries(
    all.flatMap(([, { chapters }]) => chapters.codes.map((code, i) => [code, chapters.labels[i]])),
  );
  return { state: "ready", documents, labels, pending: 0 };
}

async function similar(name) {
  const all = await summaries();
  const body = ([id, each]) => ({
    name: each.document.name,
    resource_id: id,
    url: `/?name=${id}`,
    population: each.document.population ?? 1000,
    figures: Object.fromEntries(
      each.figures.map(({ id: figure, unit, value }) => [
        figure,
        value === null || unit === "bp"
          ? value
          : Math.round(value / (each.document.population ?? 1000)),
      ]),
    ),
  });
  const bodies = all.map(body);
  const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const ids = Object.keys(bodies[0].figures);
  const median = Object.fromEntries(
    ids.map((id) => [id, middle(bodies.map(({ figures }) => figures[id]).filter(Number.isFinite))]),
  );
  const { document } = all.find(([id]) => id === name)[1];
  return {
    state: "ready",
    criteria: {
      body_kind: "commune",
      year: document.year,
      stage: document.stage,
      population_min: 2000,
      population_max: 3499,
    },
    self: bodies.find(({ resource_id: id }) => id === name),
    bodies,
    median,
    reason: null,
  };
}

async function page(query) {
  const names = (await summaries()).map(([id]) => id);
  const name = query.get("name") ?? names[0];
  const texts = await json(join(directory, "texts.json")).catch(() => ({}));
  const options = {
    lang: query.get("lang") ?? "fr",
    resource_id: name,
    summary_url: `/summary?name=${name}`,
    history_url: `/history?name=${name}`,
    similar_url: `/similar?name=${name}`,
    lines_url: null,
    csv_url: "#",
    palette: query.get("palette") ?? "default",
    title: query.get("title") ?? undefined,
  };
  const attribute = JSON.stringify(options).replaceAll("&", "&amp;").replaceAll("'", "&#39;");
  const inside = JSON.stringify(texts).replaceAll("<", "\\u003c");
  return `<!doctype html><html lang="${options.lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>budget</title><link rel="stylesheet" href="/budget-view.css"><body style="margin:0"><main>
<div data-budget-view='${attribute}'><div data-budget-static>${names.map((id) => `<a href="?name=${id}">${id}</a>`).join(" ")}</div></div></main>
<script type="application/json" id="budget-texts">${inside}</script><script src="/budget-view.js"></script>`;
}

const routes = {
  "/": async (query) => ["text/html", await page(query)],
  "/summary": async (query) => [
    "application/json",
    await readFile(join(directory, `${query.get("name").replace(/[^\w-]/g, "")}.json`)),
  ],
  "/history": async (query) => [
    "application/json",
    JSON.stringify(await history(query.get("name"))),
  ],
  "/similar": async (query) => [
    "application/json",
    JSON.stringify(await similar(query.get("name"))),
  ],
  "/budget-view.js": async () => ["text/javascript", await readFile(join(build, "budget-view.js"))],
  "/budget-view.css": async () => ["text/css", await readFile(join(build, "budget-view.css"))],
};

createServer(async ({ url }, response) => {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  try {
    const [type, body] = await routes[pathname](searchParams);
    response.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}).listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${port}/`));
