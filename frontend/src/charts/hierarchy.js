// Treemap and sunburst of one level of a tree and what lies below it.
import { inkOn, lighten } from "../palette.js";
import { FONT, tooltip } from "./stage.js";
import { widthOf } from "./text.js";

/** Colour of each first-level node, by its place in the list: the list itself uses the same. */
export function colourAt(palette, i) {
  return palette.series[i % palette.series.length];
}

function item(node, colour, { depth = 0, levels, steps = [], sideOf, edge }) {
  const tone = lighten(colour, depth * TONE);
  const path = [...steps, node.id];
  const children = depth + 1 < levels ? node.children.filter(({ value }) => value > 0) : [];
  return {
    name: node.label,
    value: node.value,
    path,
    code: node.code,
    inner: node.children.length > 0,
    side: sideOf(node.value),
    itemStyle: { color: tone, borderColor: edge ?? tone },
    label: { color: inkOn(tone), show: sideOf(node.value) > WORDY },
    upperLabel: { color: inkOn(tone), show: sideOf(node.value) > WORDY },
    ...(children.length > 1 && {
      children: children.map((each) =>
        item(each, colour, { depth: depth + 1, levels, steps: path, sideOf, edge }),
      ),
    }),
  };
}

const items = (nodes, palette, { levels, edge, sideOf = () => Infinity }) =>
  nodes.map((node, i) => item(node, colourAt(palette, i), { levels, sideOf, edge }));

const WORDY = 66; // pixels of side from which a block carries words

/** Side of a square block of this value in a drawing of that many pixels. */
function sides(nodes, pixels) {
  const whole = nodes.reduce((sum, { value }) => sum + value, 0);
  return (value) => Math.sqrt((value / whole) * pixels);
}

/** Name and figure where both fit in a block that is not square; half a figure would lie. */
function heading({ name = "", side }, figure) {
  const whole = `${name}  ${figure}`;
  return widthOf(whole, `bold 13px ${FONT}`) < side * 0.75 ? whole : name;
}

// Each level is a little paler, and still dark enough for white words.
const TONE = 0.07;

export function treemap(nodes, { palette, describe, short }) {
  return (width) => {
    const wide = width >= 560;
    const height = wide ? Math.min(620, Math.max(380, width * 0.56)) : 440;
    return {
      height,
      tooltip: tooltip(({ data }) => (data?.path ? describe(data) : [])),
      series: [
        {
          type: "treemap",
          left: 0,
          top: 0,
          right: 0,
          bottom: 0,
          roam: false,
          nodeClick: false,
          breadcrumb: { show: false },
          visibleMin: 120,
          label: {
            fontFamily: FONT,
            fontSize: wide ? 13 : 12,
            lineHeight: 17,
            overflow: "truncate",
            formatter: ({ data }) => `${data.name}\n${short(data.value)}`,
          },
          upperLabel: {
            show: true,
            height: 26,
            fontSize: 13,
            fontWeight: 700,
            overflow: "truncate",
            formatter: ({ data }) => heading(data, short(data.value)),
          },
          levels: [
            {
              itemStyle: { borderWidth: 0, gapWidth: 4, borderColor: "#ffffff" },
              upperLabel: { show: false },
            },
            { itemStyle: { borderWidth: 2, gapWidth: 2 } },
            { itemStyle: { borderWidth: 0, gapWidth: 0 } },
          ],
          data: items(nodes, palette, {
            levels: wide ? 2 : 1,
            sideOf: sides(nodes, width * height),
          }),
        },
      ],
    };
  };
}

export function sunburst(nodes, { palette, describe }) {
  return (width) => {
    const size = Math.min(width, 620);
    const rings = 2;
    return {
      height: size,
      tooltip: tooltip(({ data }) => (data?.path ? describe(data) : [])),
      series: [
        {
          type: "sunburst",
          radius: ["24%", "98%"],
          nodeClick: false,
          sort: "desc",
          data: items(nodes, palette, { levels: rings, edge: "#ffffff" }),
          itemStyle: { borderWidth: 1.5 },
          emphasis: { focus: "ancestor" },
          label: {
            fontFamily: FONT,
            fontSize: width < 420 ? 10 : 12,
            minAngle: 9,
            rotate: "radial",
            overflow: "truncate",
            width: (size * 0.37) / rings - 12,
          },
          levels: [],
        },
      ],
    };
  };
}
