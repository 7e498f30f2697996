// Bundles src/ into ckanext/budget/assets/build and refuses to grow beyond the agreed weight.
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

const BUDGET = 280_000; // bytes of JavaScript of all pages together, gzipped
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = new URL("../ckanext/budget/assets/build/", import.meta.url);
const output = fileURLToPath(target);

/** Parts of ECharts that its core always brings and that no chart of ours asks for. */
const unused = {
  name: "unused",
  setup({ onLoad }) {
    onLoad({ filter: /echarts[/\\]lib[/\\](i18n[/\\]langZH|theme[/\\]dark)\.js$/ }, () => ({
      contents: "export default {};",
    }));
  },
};

await build({
  entryPoints: {
    "budget-view": here("src/main.js"),
    "budget-view-form": here("src/form.js"),
    "budget-map": here("src/map.js"),
  },
  outdir: output,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020"],
  legalComments: "external",
  loader: { ".png": "dataurl" }, // the few icons of Leaflet
  logLevel: "warning",
  plugins: [unused],
});

const weight = async (name) => {
  const bytes = gzipSync(await readFile(new URL(name, target)), { level: 9 }).length;
  console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB gzipped`);
  return bytes;
};

// esbuild bundles; terser, slower, takes another 5 % off what readers download.
async function squeeze(name) {
  const place = new URL(name, target);
  const { code } = await minify(await readFile(place, "utf8"), {
    ecma: 2020,
    toplevel: true,
    compress: { passes: 2, keep_fargs: false, pure_getters: true },
  });
  await writeFile(place, code);
  return weight(name);
}

const scripts = ["budget-view.js", "budget-view-form.js", "budget-map.js"];
const total = (await Promise.all(scripts.map(squeeze))).reduce((sum, each) => sum + each);
await weight("budget-view.css");
console.log(`scripts together: ${(total / 1000).toFixed(1)} of ${BUDGET / 1000} kB`);
if (total > BUDGET) {
  console.error(`JavaScript is over its budget of ${BUDGET / 1000} kB gzipped.`);
  process.exit(1);
}
