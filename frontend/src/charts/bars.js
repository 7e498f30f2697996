// Horizontal bars with the label above each bar: readable from 320 px to very wide screens.
import { INK, lighten } from "../palette.js";
import { FONT, tooltip } from "./stage.js";
import { safe, widthOf, wrapped } from "./text.js";

const ROW = 46;
const HEAD = 8;
const LINE = 17;
const MARK = 28;
const GAP = 10; // between a label and its figure

/**
 * rows: [{ label, value, text, tip: [lines], colour, soft?: {value, colour}, more?: {value, colour}, datum }].
 * `soft` is a paler bar behind (voted), `more` a hatched bar after the first (remainders).
 */
export function bars(rows, { marker = null } = {}) {
  return (width) => {
    const size = width < 420 ? 12 : 13.5;
    const paired = rows.some(({ soft }) => soft);
    const labels = rows.map((row) => labelLines(row, width, size));
    const more = Math.max(0, ...labels.map((lines) => lines.length - 1)) * LINE;
    const head = HEAD + more / 2;
    return {
      height: rows.length * (ROW + more) + head + (marker ? MARK : 0),
      grid: { left: 2, right: 2, top: head, bottom: marker ? MARK : 0, containLabel: false },
      tooltip: tooltip(({ dataIndex }) => rows[dataIndex].tip),
      xAxis: { type: "value", show: false, ...range(rows, marker) },
      yAxis: {
        type: "category",
        inverse: true,
        data: rows.map(({ label }) => label),
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { show: false },
      },
      series: [
        ...(paired ? [behind(rows)] : []),
        main(rows, marker, paired ? 10 : 14),
        ...(rows.some(({ more }) => more) ? [after(rows)] : []),
        names(rows, labels, width, size, range(rows, marker).min),
      ],
    };
  };
}

function range(rows, marker) {
  const ends = rows.flatMap(({ value, soft, more }) => [
    value + (more?.value ?? 0),
    value,
    soft?.value ?? 0,
  ]);
  if (marker) ends.push(marker.value);
  return { min: Math.min(0, ...ends), max: Math.max(1, ...ends) };
}

/** A label near an edge stays inside the drawing. */
function alignOf({ value }, { min, max }) {
  const place = (value - min) / (max - min);
  if (place < 0.25) return "left";
  return place > 0.75 ? "right" : "center";
}

const shape = { type: "bar", barWidth: 14, cursor: "default" };

function behind(rows) {
  return {
    ...shape,
    barWidth: 18,
    silent: true,
    data: rows.map(({ soft }) => ({
      value: soft?.value ?? 0,
      itemStyle: { color: soft?.colour, borderRadius: 2 },
    })),
  };
}

function main(rows, marker, thick) {
  return {
    ...shape,
    stack: "main",
    barGap: "-100%",
    barWidth: thick,
    data: rows.map((row) => ({
      value: row.value,
      datum: row.datum,
      cursor: row.datum ? "pointer" : "default",
      itemStyle: { color: row.colour, borderRadius: 2 },
    })),
    markLine: marker
      ? {
          symbol: "none",
          silent: true,
          animation: false,
          lineStyle: { color: INK, type: "dashed", width: 1.5 },
          label: {
            formatter: marker.label,
            position: "end",
            align: alignOf(marker, range(rows, marker)),
            color: INK,
            fontSize: 12,
          },
          data: [{ xAxis: marker.value }],
        }
      : undefined,
  };
}

function after(rows) {
  return {
    ...shape,
    barWidth: 10,
    stack: "main",
    data: rows.map(({ more }) => ({
      value: more?.value ?? 0,
      itemStyle: {
        color: lighten(more?.colour ?? "#999999", 0.55),
        borderColor: more?.colour,
        borderWidth: more?.value ? 1 : 0,
        borderType: "dashed",
      },
    })),
  };
}

/** Label at the left and figure at the right, above the bar: an unseen bar from the left edge carries them. */
function names(rows, labels, width, size, left) {
  return {
    type: "bar",
    z: 6, // above the line of a marker, which must not strike figures out
    barGap: "-100%",
    barWidth: 14,
    silent: true,
    data: rows.map((row, i) => ({
      value: left,
      itemStyle: { color: "transparent" },
      label: {
        show: true,
        position: [0, -20 - (labels[i].length - 1) * LINE],
        lineHeight: LINE,
        textBorderColor: "#ffffff",
        textBorderWidth: 4,
        formatter: written(row, labels[i]),
        rich: {
          name: {
            fontSize: size,
            color: INK,
            fontWeight: row.strong ? 700 : 400,
            width: width - figureWidth(row, size) - GAP,
          },
          figure: {
            fontSize: size,
            color: INK,
            fontWeight: 700,
            width: figureWidth(row, size),
            align: "right",
          },
        },
      },
    })),
  };
}

/** What the figure takes of the line; the label has the rest. */
const figureWidth = ({ text }, size) => Math.ceil(widthOf(text, `bold ${size}px ${FONT}`)) + 2;

/** A long label takes several lines: it is never cut. */
function labelLines(row, width, size) {
  const font = `${row.strong ? "bold " : ""}${size}px ${FONT}`;
  return wrapped(row.label, width - figureWidth(row, size) - GAP, font);
}

function written({ text }, [first, ...others]) {
  const more = others.map((line) => `\n{name|${safe(line)}}`);
  return `{name|${safe(first)}}{figure|${safe(text)}}${more.join("")}`;
}
