// Years on a constant axis: bars while there are few years, lines with symbols beyond; gaps stay gaps.
import { INK, LINE, QUIET } from "../palette.js";
import { tooltip } from "./stage.js";

const SYMBOLS = { voted: "circle", amended: "triangle", realised: "rect", other: "diamond" };

export function years({ axis, series, bounds, label, axisLabel, name, colours }) {
  return (width) => {
    const lines = axis.length > 4;
    return {
      height: width < 480 ? 300 : 380,
      grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
      tooltip: tooltip(({ seriesIndex, dataIndex }) => [
        `${name(series[seriesIndex].id)} ${axis[dataIndex]}`,
        label(series[seriesIndex].values[dataIndex]),
      ]),
      xAxis: {
        type: "category",
        data: axis.map(String),
        axisTick: { show: false },
        axisLine: { lineStyle: { color: LINE } },
        axisLabel: { color: INK, fontSize: 13 },
      },
      yAxis: {
        type: "value",
        min: bounds.min,
        max: bounds.max,
        interval: bounds.step,
        axisLabel: {
          color: QUIET,
          formatter: axisLabel,
          showMinLabel: true,
          hideOverlap: true,
        },
        splitLine: { lineStyle: { color: "#e3e8ec" } },
      },
      series: series.map(({ id, values }) => ({
        name: name(id),
        type: lines ? "line" : "bar",
        data: values,
        connectNulls: false,
        symbol: SYMBOLS[id],
        symbolSize: 10,
        barMaxWidth: 46,
        lineStyle: { width: 2.5, type: id === "voted" ? "dashed" : "solid" },
        itemStyle: { color: colours[id], borderRadius: lines ? 0 : [3, 3, 0, 0] },
        label: {
          show: !lines && width > 480,
          position: "top",
          formatter: ({ value }) => label(value),
          color: INK,
          fontSize: 12,
        },
      })),
    };
  };
}
