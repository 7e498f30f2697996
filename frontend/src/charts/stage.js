// Where ECharts meets the page: only the parts used, drawn as SVG, resized with their container.
import { BarChart, LineChart, SankeyChart, SunburstChart, TreemapChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { INK } from "../palette.js";

echarts.use([
  BarChart,
  LineChart,
  SankeyChart,
  SunburstChart,
  TreemapChart,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
  SVGRenderer,
]);

// Single quotes: the names stand inside attributes of the SVG.
export const FONT =
  "'Marianne', 'Source Sans 3', 'Source Sans Pro', system-ui, 'Segoe UI', Roboto, Arial, sans-serif";

const stages = new Set();
const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * Draws `optionFor(width)` in `element`; redraws when the width changes. `onSelect(datum)` receives the
 * data item that was clicked. Returns { svg(), dispose() }.
 */
export function draw(element, optionFor, onSelect) {
  const chart = echarts.init(element, null, { renderer: "svg" });
  let width = 0;
  const render = () => {
    if (element.clientWidth === 0 || element.clientWidth === width) return;
    width = element.clientWidth;
    const { height, drawn, ...option } = optionFor(width);
    if (height) element.style.height = `${height}px`;
    chart.resize();
    chart.setOption(
      { textStyle: { fontFamily: FONT }, animation: !calm(), animationDuration: 350, ...option },
      true,
    );
    drawn?.(chart);
  };
  const observer = new ResizeObserver(render);
  observer.observe(element);
  render();
  if (onSelect) chart.on("click", ({ data }) => data && onSelect(data));
  const stage = {
    element,
    svg: () => chart.renderToSVGString(),
    size: () => [chart.getWidth(), chart.getHeight()],
    dispose() {
      observer.disconnect();
      chart.dispose();
      stages.delete(stage);
    },
  };
  stages.add(stage);
  return stage;
}

/** Ends every drawing that stands inside `container` (before its content is replaced). */
export function clear(container) {
  for (const stage of [...stages]) if (container.contains(stage.element)) stage.dispose();
}

/** A tooltip of plain lines: the first in bold. Text is set as text, so that labels cannot be markup. */
export function tip(lines) {
  const box = document.createElement("div");
  box.className = "bv-tip";
  lines.filter(Boolean).forEach((line, i) => {
    const row = document.createElement(i === 0 ? "strong" : "span");
    row.textContent = line;
    box.append(row);
  });
  return box;
}

/** Common look of the tooltips; `formatter(params)` returns the lines. */
export function tooltip(lines) {
  return {
    trigger: "item",
    confine: true,
    borderWidth: 0,
    backgroundColor: INK,
    textStyle: { color: "#ffffff", fontSize: 13, fontFamily: FONT },
    extraCssText:
      "max-width:min(320px,80vw);white-space:normal;border-radius:6px;box-shadow:0 4px 16px #0003",
    formatter: (params) => tip(lines(params)),
  };
}
