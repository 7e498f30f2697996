// One chart with everything that must come with it: title, text summary, data table, downloads.
import { clear, draw } from "../charts/stage.js";
import { shownTable, writtenTable } from "../columns.js";
import { csv } from "../data/lines.js";
import { h, icon, uid } from "./dom.js";
import { saveCsv, savePng, saveSvg } from "./download.js";
import { dataTable } from "./table.js";

const SAVE = "M12 3v10.6l3.3-3.3 1.4 1.4L12 16.4l-4.7-4.7 1.4-1.4 3.3 3.3V3zM4 19h16v2H4z";

/**
 * block: { id, title, summary, option, onSelect, columns, rows, total, before, aside, notes: [sentence],
 * table: a node that shows the data otherwise than as folded rows, open: whether they are unfolded }
 * `summary` is the chart in words; `columns` (see columns.js) and `rows` give the table and the CSV.
 */
export function chartBlock(app, block) {
  const { t } = app;
  const described = uid("summary");
  const stageBox = h("div.bv-chart", {
    role: "img",
    "aria-label": block.title,
    "aria-describedby": described,
  });
  const figure = h(
    "figure.bv-figure",
    { data: { chart: block.id } },
    h("h3.bv-figure-title", block.title),
    h("p.bv-summary", { id: described }, block.summary),
    block.before,
    h("div.bv-chart-row", stageBox, block.aside),
    (block.notes ?? []).map((note) => h("p.bv-note", note)),
  );
  const stage = () => figure.stage;
  figure.append(tools(app, block, stage), details(block, t));
  // Drawn once the figure is in the page, where it has a width.
  figure.mount = () => {
    clear(stageBox);
    figure.stage = draw(stageBox, block.option, block.onSelect);
  };
  return figure;
}

function tools(app, block, stage) {
  const { t } = app;
  const name = (extension) => `${app.fileName}-${block.id}.${extension}`;
  const titles = () => ({ title: block.title, subtitle: app.subtitle, source: app.source });
  const button = (extension, label, onclick) =>
    h(
      "button.bv-tool",
      {
        type: "button",
        onclick,
        data: { key: `${block.id}-${extension}`, download: extension },
        "aria-label": `${label} – ${block.title}`,
      },
      icon(SAVE),
      extension.toUpperCase(),
    );
  return h(
    "div.bv-tools",
    button("png", t("download.png"), () => savePng(stage(), titles(), name("png"))),
    button("svg", t("download.svg"), () => saveSvg(stage(), titles(), name("svg"))),
    button("csv", t("download.csv"), () => saveCsv(csv(...writtenTable(block)), name("csv"))),
  );
}

function details(block, t) {
  if (block.table) return block.table;
  return h(
    "details.bv-data",
    { data: { key: `${block.id}-data` }, open: block.open },
    h("summary", t("data.show"), h("span.bv-hidden", ` – ${block.title}`)),
    dataTable(shownTable(block)),
  );
}

/** Draws every chart block inside the container. */
export function mountAll(container) {
  for (const figure of container.querySelectorAll("figure.bv-figure")) figure.mount?.();
}

/** A sentence in the place of a chart that cannot be drawn, with what to do next. */
export function explanation(title, sentence, ...more) {
  return h(
    "div.bv-empty",
    { role: "note" },
    h("h3.bv-figure-title", title),
    h("p", sentence),
    more,
  );
}
