// Saving what is shown: a table as CSV, a chart as SVG or PNG with its title and source.
import { FONT } from "../charts/stage.js";
import { wrapped } from "../charts/text.js";
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

const EDGE = 16;
const WORDS = {
  title: { size: 17, weight: 700, colour: INK },
  subtitle: { size: 13, weight: 400, colour: QUIET },
  source: { size: 11, weight: 400, colour: QUIET },
};

/** The chart between its title (above) and its source (below), on white; no word is cut. */
function framed(stage, titles) {
  const [inner, tall] = stage.size();
  const width = inner + 2 * EDGE;
  let at = EDGE;
  const lines = [];
  const write = (name) => {
    const { size, weight, colour } = WORDS[name];
    for (const line of wrapped(titles[name] ?? "", inner, `${weight} ${size}px ${FONT}`)) {
      at += size + 5;
      lines.push(
        `<text x="${EDGE}" y="${at}" font-size="${size}" font-weight="${weight}" fill="${colour}">${escaped(line)}</text>`,
      );
    }
  };
  write("title");
  write("subtitle");
  const top = at + EDGE;
  at = top + tall;
  write("source");
  const height = at + EDGE;
  const chart = stage.svg().replace("<svg ", `<svg x="${EDGE}" y="${top}" `);
  const text =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(FONT)}">` +
    `<rect width="100%" height="100%" fill="#ffffff"/>${chart}${lines.join("")}</svg>`;
  return { text, width, height };
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => String(text).replace(/[&<>"]/g, (character) => ESCAPES[character]);
