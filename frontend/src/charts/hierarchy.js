// Treemap and sunburst of one level of a tree and what lies below it.
import { inkOn, lighten } from "../palette.js";
import { FONT, tooltip } from "./stage.js";

/** Colour of each first-level node, by its place in the list: the list itself uses the same. */
export function colourAt(palette, i) {
  return palette.series[i % palette.series.length];
}

function item(node, colour, { depth = 0, levels, steps = [], fits, edge }) {
  const tone = lighten(colour, depth * TONE);
  const path = [...steps, node.id];
  const children = depth + 1 < levels ? node.children.filter(({ value }) => value > 0) : [];
  return {
    name: node.label,
    value: node.value,
    path,
    code: node.code,
    inner: node.children.length > 0,
    itemStyle: { color: tone, borderColor: edge ?? tone },
    label: { color: inkOn(tone), show: fits(node.value) },
    upperLabel: { color: inkOn(tone), show: fits(node.value) },
    ...(children.length > 1 && {
      children: children.map((each) =>
        item(each, colour, { depth: depth + 1, levels, steps: path, fits, edge }),
      ),
    }),
  };
}

const items = (nodes, palette, { levels, edge, fits = () => true }) =>
  nodes.map((node, i) => item(node, colourAt(palette, i), { levels, fits, edge }));

/** Is a block of this value large enough, in a drawing of that many pixels, to carry words? */
function roomFor(nodes, pixels) {
  const whole = nodes.reduce((sum, { value }) => sum + value, 0);
  return (value) => Math.sqrt((value / whole) * pixels) > 66;
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
            formatter: ({ data }) => `${data.name ?? ""}  ${short(data.value)}`,
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
            fits: roomFor(nodes, width * height),
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
