// Bundles src/ into ckanext/budget/plugin/assets/build and refuses to grow beyond the agreed weight.
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { minify } from "terser";

const BUDGET = 320_000; // bytes of JavaScript of all pages together, gzipped
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = new URL("../ckanext/budget/plugin/assets/build/", import.meta.url);
const output = fileURLToPath(target);

/** Parts that ECharts always brings and that no chart of ours asks for, with what stands in their place. */
const UNUSED = {
  "echarts/lib/i18n/langZH": "export default {};",
  "echarts/lib/theme/dark": "export default {};",
  "echarts/lib/component/tooltip/TooltipRichContent": "export default class {}", // ours are HTML
  "echarts/lib/util/decal": "export const createOrUpdatePatternFromDecal = () => null;",
  "zrender/lib/svg/cssAnimation": "export const createCSSAnimation = () => {};", // saved pictures are still
};

const unused = {
  name: "unused",
  setup({ onLoad }) {
    for (const [path, contents] of Object.entries(UNUSED))
      onLoad({ filter: new RegExp(`${path.replaceAll("/", "[/\\\\]")}\\.js$`) }, () => ({
        contents,
      }));
  },
};

const scripts = {
  "budget-view": here("src/main.js"),
  "budget-view-form": here("src/form.js"),
  "budget-map": here("src/map.js"),
  "budget-deposit": here("src/deposit.js"),
  "budget-bodies": here("src/bodies.js"),
};

await build({
  entryPoints: scripts,
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

const weights = await Promise.all(Object.keys(scripts).map((name) => squeeze(`${name}.js`)));
const total = weights.reduce((sum, each) => sum + each);
await weight("budget-view.css");
console.log(`scripts together: ${(total / 1000).toFixed(1)} of ${BUDGET / 1000} kB`);
if (total > BUDGET) {
  console.error(`JavaScript is over its budget of ${BUDGET / 1000} kB gzipped.`);
  process.exit(1);
}
