// Saving what is shown: a table as CSV, a chart as SVG or PNG with its title and source.
import { FONT } from "../charts/stage.js";
import { INK, QUIET } from "../palette.js";

export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The byte order mark lets spreadsheets read the accents. */
export function saveCsv(text, name) {
  save(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }), name);
}

export function saveSvg(stage, titles, name) {
  save(new Blob([framed(stage, titles).text], { type: "image/svg+xml" }), name);
}

export async function savePng(stage, titles, name, scale = 2) {
  const { text, width, height } = framed(stage, titles);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width * scale, height * scale];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  save(blob, name);
}

const HEAD = 64;
const FOOT = 30;
const EDGE = 16;

/** The chart between its title (above) and its source (below), on white. */
function framed(stage, { title, subtitle, source }) {
  const [inner, tall] = stage.size();
  const width = inner + 2 * EDGE;
  const height = tall + HEAD + FOOT;
  const line = (y, size, weight, words, colour) =>
    `<text x="${EDGE}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escaped(words)}</text>`;
  const chart = stage.svg().replace("<svg ", `<svg x="${EDGE}" y="${HEAD}" `);
  const text =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(FONT)}">` +
    `<rect width="100%" height="100%" fill="#ffffff"/>` +
    line(26, 17, 700, title, INK) +
    line(48, 13, 400, subtitle, QUIET) +
    chart +
    line(height - 10, 11, 400, source, QUIET) +
    "</svg>";
  return { text, width, height };
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => String(text).replace(/[&<>"]/g, (character) => ESCAPES[character]);
