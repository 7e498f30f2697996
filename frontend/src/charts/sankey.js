// The Sankey diagram of data/flows.js.
import { lighten } from "../palette.js";
import { shortened } from "./bars.js";
import { tooltip } from "./stage.js";

const INK = "#1b2229";

/** `columnOf(node)`: 0 left, 1 right, 2 between. */
export function sankey({ nodes, links }, { palette, describe, short, columnOf }) {
  return (width) => {
    const narrow = width < 560;
    const lines = width < 1000 ? 2 : 1;
    const sides = Math.max(
      ...[0, 1].map((side) => nodes.filter((node) => columnOf(node) === side).length),
      4,
    );
    const margin = narrow ? 4 : Math.min(320, width * 0.24);
    return {
      animation: false, // its opening clips the labels that stand outside the ribbons
      height: Math.max(360, Math.min(1100, sides * (lines === 2 ? 50 : 44) + 60)),
      tooltip: tooltip(({ dataType, data }) => describe(dataType, data)),
      series: [
        {
          type: "sankey",
          left: margin,
          right: margin,
          top: 8,
          bottom: 8,
          nodeWidth: narrow ? 10 : 16,
          nodeGap: lines === 2 ? 30 : 20,
          nodeAlign: "justify",
          draggable: false,
          layoutIterations: 48,
          emphasis: { focus: "adjacency" },
          lineStyle: { curveness: 0.5, opacity: 0.38, color: "gradient" },
          data: nodes.map((node) =>
            drawn(node, { palette, short, narrow, lines, margin, width, columnOf }),
          ),
          links: links.map((link) => ({
            ...link,
            lineStyle: link.saving ? { color: palette.surplus, opacity: 0.55 } : {},
          })),
        },
      ],
    };
  };
}

function drawn(node, { palette, short, narrow, lines, margin, width, columnOf }) {
  const side = columnOf(node);
  const colour = palette[node.role] ?? palette.series[0];
  const figure = short(node.value);
  const room = narrow
    ? Math.floor((width * 0.37) / 5.8)
    : Math.floor(margin / 6.9) - (lines === 1 ? figure.length + 2 : 0);
  const outside = !narrow && side !== 2;
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
    label: {
      formatter: `{a|${safe(shortened(node.label, room))}}${outside && lines === 1 ? "  " : "\n"}{b|${safe(figure)}}`,
      position: position(side, outside),
      align: side === 1 && !outside ? "right" : undefined,
      color: INK,
      lineHeight: 15,
      rich: {
        a: {
          fontSize: narrow ? 11 : 12.5,
          color: INK,
          textBorderColor: "#ffffff",
          textBorderWidth: 3,
        },
        b: {
          fontSize: narrow ? 11 : 12.5,
          fontWeight: 700,
          color: INK,
          textBorderColor: "#ffffff",
          textBorderWidth: 3,
        },
      },
    },
  };
}

function position(side, outside) {
  if (side === 0) return outside ? "left" : "right";
  if (side === 1) return outside ? "right" : "left";
  return "right";
}

const safe = (text) => text.replace(/[{}|]/g, " ");
