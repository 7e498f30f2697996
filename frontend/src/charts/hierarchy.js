// Treemap and sunburst of one level of a tree and what lies below it.
import { inkOn, lighten } from "../palette.js";
import { FONT, tooltip } from "./stage.js";
import { widthOf, wrapped } from "./text.js";

/** Colour of each first-level node, by its place in the list: the list itself uses the same. */
export function colourAt(palette, i) {
  return palette.series[i % palette.series.length];
}

/** The same, but what is no money of the year has the colour that it has in every picture. */
export function colourOf(palette, { id }, i) {
  if (id === "pformer_years") return palette.carried;
  return id === "pbook_entries" ? palette.section : colourAt(palette, i);
}

function item(node, colour, { depth = 0, levels, steps = [], edge }) {
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
    label: { color: inkOn(tone) },
    upperLabel: { color: inkOn(tone) },
    ...(children.length > 1 && {
      children: children.map((each) =>
        item(each, colour, { depth: depth + 1, levels, steps: path, edge }),
      ),
    }),
  };
}

const items = (nodes, palette, { levels, edge }) =>
  nodes.map((node, i) => item(node, colourOf(palette, node, i), { levels, edge }));

const HEAD = 26; // pixels of the heading of a block that shows its parts
const PAD = 8;
const LINE = 17;

/**
 * What a block of that size can say whole: name and figure, or the figure alone, or nothing. The list beside
 * the drawing names every block.
 */
export function fitting({ name, figure }, [width, height], size, measure = widthOf) {
  const room = width - PAD;
  if (height < 2 * LINE) {
    const heading = `${name}  ${figure}`;
    const font = `bold ${size}px ${FONT}`;
    return [heading, name].find((text) => height >= LINE && measure(text, font) <= room) ?? "";
  }
  const font = `${size}px ${FONT}`;
  const lines = wrapped(name, room, font, measure);
  const holds = (texts) =>
    texts.length * LINE + PAD / 2 <= height && texts.every((text) => measure(text, font) <= room);
  if (holds([...lines, figure])) return [...lines, figure].join("\n");
  return holds([figure]) ? figure : "";
}

// Each level is a little paler, and still dark enough for white words.
const TONE = 0.07;

export function treemap(nodes, { palette, describe, short }) {
  return (width) => {
    const wide = width >= 560;
    const height = wide ? Math.min(620, Math.max(380, width * 0.56)) : 440;
    return {
      height,
      animation: false, // words are chosen by the size of the blocks
      tooltip: tooltip(({ data }) => (data?.path ? describe(data) : [])),
      drawn: (chart) => written(chart, wide ? 13 : 12),
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
            formatter: ({ data }) => JSON.stringify([data.name, short(data.value)]),
          },
          upperLabel: {
            show: true,
            height: HEAD,
            fontSize: 13,
            fontWeight: 700,
            formatter: ({ data }) => JSON.stringify([data.name, short(data.value), HEAD]),
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
          }),
        },
      ],
    };
  };
}

/** Gives every block the words that it can hold, once its size is known. */
function written(chart, size) {
  for (const block of chart.getZr().storage.getDisplayList(true)) {
    const words = block.getTextContent?.();
    const given = words?.style.text;
    if (!given?.startsWith("[")) continue;
    const [name, figure, head] = JSON.parse(given);
    const { width, height } = block.shape;
    words.setStyle({
      text: fitting({ name, figure }, [width, head ?? height], size),
      width: undefined,
      overflow: undefined,
    });
  }
  chart.getZr().refreshImmediately();
}

export function sunburst(nodes, { palette, describe }) {
  return (width) => {
    const size = Math.min(width, 620);
    const rings = 2;
    const font = width < 420 ? 10 : 12;
    const room = (size * 0.37) / rings - 12;
    const whole = nodes.reduce((sum, { value }) => sum + value, 0);
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
            fontSize: font,
            minAngle: 9,
            rotate: "radial",
            lineHeight: font + 2,
            // A name that a ring cannot hold is in the list beside; ECharts takes "" for no answer.
            formatter: ({ name, data, value }) => {
              const radius = (size / 2) * (0.24 + 0.37 * (data.path.length - 0.5));
              const arc = (2 * Math.PI * radius * value) / whole;
              const lines = wrapped(name, room, `${font}px ${FONT}`);
              const fits =
                lines.length * (font + 4) <= arc &&
                lines.every((line) => widthOf(line, `${font}px ${FONT}`) <= room);
              return fits ? lines.join("\n") : " ";
            },
          },
          levels: [],
        },
      ],
    };
  };
}
