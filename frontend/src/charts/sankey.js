// The Sankey diagram of data/flows.js.
import { INK, inkOn, lighten } from "../palette.js";
import { FONT, tooltip } from "./stage.js";
import { safe, widthOf, wrapped } from "./text.js";

/** `columnOf(node)`: 0 left, 1 right, 2 between. */
export function sankey({ nodes, links }, { palette, describe, short, columnOf }) {
  return (width) => {
    const sheet = sheetOf(width, nodes, columnOf);
    const heightOf = heights(sheet, { nodes, links }, columnOf);
    return {
      animation: false, // its opening clips the labels that stand outside the ribbons
      height: sheet.height,
      tooltip: tooltip(({ dataType, data }) => describe(dataType, data)),
      series: [
        {
          type: "sankey",
          left: sheet.margin,
          right: sheet.margin,
          top: sheet.edge,
          bottom: sheet.edge,
          nodeWidth: 16,
          nodeGap: sheet.gap,
          nodeAlign: "justify",
          draggable: false,
          layoutIterations: 48,
          emphasis: { focus: "adjacency" },
          lineStyle: { curveness: 0.5, opacity: 0.38, color: "gradient" },
          data: nodes.map((node) => drawn(node, { palette, short, sheet, columnOf, heightOf })),
          links: links.map((link) => ({
            ...link,
            lineStyle: link.saving ? { color: palette.surplus, opacity: 0.55 } : {},
          })),
        },
      ],
    };
  };
}

const EDGE = 16;
const LINE = 15;

/**
 * Measures of the drawing: on a telephone labels lie on the ribbons, elsewhere beside them. Nodes stand as
 * far apart as the lines of their labels ask.
 */
function sheetOf(width, nodes, columnOf) {
  const narrow = width < 560;
  const margin = narrow ? 2 : Math.min(320, width * 0.24);
  // On a telephone a third of the drawing lies between two columns.
  const room = narrow ? (width - 2 * margin - 16) / 3 - 28 : margin - 8;
  const size = narrow ? 11 : 12.5;
  const linesOf = ({ label }) => wrapped(label, room, `${size}px ${FONT}`);
  const most = Math.max(
    2,
    ...nodes.filter((n) => columnOf(n) !== 2).map((n) => linesOf(n).length + 1),
  );
  const gap = narrow ? 12 : most * LINE;
  const edge = narrow ? EDGE : (most * LINE) / 2 + 4;
  const counts = [0, 1].map((side) => nodes.filter((node) => columnOf(node) === side).length);
  const sides = Math.max(...counts, 4);
  const height = narrow
    ? Math.max(360, Math.min(900, sides * 34 + 120))
    : Math.max(360, (sides - 1) * gap + 200);
  const fits = (line) => !narrow || widthOf(line, `bold ${size}px ${FONT}`) <= room;
  return { width, narrow, margin, gap, edge, height, size, linesOf, fits };
}

/** Height in pixels of a node on a telephone, where it must hold its own label; elsewhere no limit. */
function heights({ narrow, height, gap }, { nodes, links }, columnOf) {
  if (!narrow) return () => Infinity;
  const scales = [0, 1].map((side) => {
    const mine = nodes.filter((node) => columnOf(node) === side);
    const whole = mine.reduce((sum, { value }) => sum + value, 0);
    return whole ? (height - 2 * EDGE - gap * (mine.length - 1)) / whole : Infinity;
  });
  const through = (end, id) =>
    links.filter((link) => link[end] === id).reduce((sum, { value }) => sum + value, 0);
  return ({ id }) => Math.max(through("source", id), through("target", id)) * Math.min(...scales);
}

function drawn(node, { palette, short, sheet, columnOf, heightOf }) {
  const side = columnOf(node);
  const colour = palette[node.role] ?? palette.series[0];
  return {
    ...node,
    name: node.id,
    itemStyle: {
      color: colour,
      borderColor: lighten(colour, 0.3),
      borderWidth: 0,
      borderRadius: 2,
    },
    cursor: node.path ? "pointer" : "default",
    label:
      sheet.narrow && side === 2
        ? upright(node, short, colour, heightOf(node))
        : beside(node, short, sheet, side, heightOf(node)),
  };
}

/** Words along the bar of a section, where there is no room at its side: as many as it is high. */
function upright(node, short, colour, height) {
  const figure = short(node.value);
  const words = [`${node.label} ${figure}`, node.label, figure].find(
    (text) => widthOf(text, `bold 11px ${FONT}`) <= height - 4,
  );
  return {
    show: Boolean(words),
    formatter: safe(words ?? ""),
    position: "inside",
    rotate: 90,
    color: inkOn(colour),
    fontSize: 11,
    fontWeight: 700,
  };
}

function beside(node, short, { narrow, linesOf, fits, size, gap }, side, height) {
  const outside = !narrow && side !== 2;
  const lines = side === 2 ? [node.label] : linesOf(node);
  const figure = short(node.value);
  const text = { fontSize: size, color: INK, ...HALO };
  return {
    // The lists below name the others.
    show: height + gap >= (lines.length + 1) * LINE && [...lines, figure].every(fits),
    formatter: `${lines.map((line) => `{a|${safe(line)}}`).join("\n")}\n{b|${safe(figure)}}`,
    position: position(side, outside),
    align: side === 1 && !outside ? "right" : undefined,
    color: INK,
    lineHeight: LINE,
    rich: { a: text, b: { ...text, fontWeight: 700 } },
  };
}

const HALO = { textBorderColor: "#ffffff", textBorderWidth: 3 };

function position(side, outside) {
  if (side === 0) return outside ? "left" : "right";
  if (side === 1) return outside ? "right" : "left";
  return "right";
}
