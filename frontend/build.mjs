// Bundles src/ into ckanext/budget/assets/build and refuses to grow beyond the agreed weight.
import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET = 280_000; // bytes of JavaScript, gzipped
const target = new URL("../ckanext/budget/assets/build/", import.meta.url);
const output = fileURLToPath(target);

await build({
  entryPoints: {
    "budget-view": fileURLToPath(new URL("src/main.js", import.meta.url)),
    "budget-view-form": fileURLToPath(new URL("src/form.js", import.meta.url)),
    "budget-map": fileURLToPath(new URL("src/map.js", import.meta.url)),
  },
  outdir: output,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020"],
  legalComments: "external",
  loader: { ".png": "dataurl" }, // the few icons of Leaflet
  logLevel: "warning",
});

const sizes = {};
for (const name of ["budget-view.js", "budget-view.css", "budget-view-form.js", "budget-map.js"]) {
  const bytes = await readFile(new URL(name, target));
  sizes[name] = gzipSync(bytes, { level: 9 }).length;
  console.log(`${name}: ${(sizes[name] / 1000).toFixed(1)} kB gzipped`);
}
if (sizes["budget-view.js"] + sizes["budget-view-form.js"] > BUDGET) {
  console.error(`JavaScript is over its budget of ${BUDGET / 1000} kB gzipped.`);
  process.exit(1);
}
