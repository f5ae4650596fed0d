// The trend of 24 months, stacked by fee and 预存; the table beside it holds the same numbers.

import { FEES } from "./fees.js";

const COLORS = ["#1F6FB2", "#8A5A1E", "#37733A", "#7A4E9E"];
const PARTS = [
  ...FEES.map(([, name], at) => [name, COLORS[at], (month) => month.fees[at]]),
  ["预存", "#7D8B99", (month) => month.prepaid],
];
const GREY = "#5A6B7C";

let chart = null;
let shown = "";

// A place on the axis, not an amount that anyone counts with.
const wan = (yuan) => Number(yuan) / 10000;
const text = (value) => (value === null || value === undefined ? "—" : `${value.toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} 万元`);

const bars = (trend) =>
  PARTS.map(([name, color, amount]) => ({
    name,
    type: "bar",
    stack: "all",
    barCategoryGap: "22%",
    itemStyle: { color, borderColor: "#fff", borderWidth: 0.5 },
    // The running month is not whole yet, and looks so. More taken out of 预存 than put in hangs below the axis.
    data: trend.map((month) => ({ value: wan(amount(month)), itemStyle: month.complete ? {} : { opacity: 0.45 } })),
  }));

const lastYear = (trend) => ({
  name: "上年同期",
  type: "line",
  symbol: "none",
  connectNulls: false,
  lineStyle: { color: "#1B2733", width: 1.4, type: "dashed", opacity: 0.7 },
  itemStyle: { color: "#1B2733" },
  data: trend.map((month) => (month.last_year === null ? null : wan(month.last_year))),
});

const option = (trend) => ({
  animation: false,
  aria: { enabled: true },
  textStyle: { fontFamily: "inherit" },
  grid: { left: 8, right: 8, top: 14, bottom: 4, containLabel: true },
  tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", confine: true, valueFormatter: text },
  xAxis: {
    type: "category",
    // The name of a month heads its tooltip: the parts below it make this sum.
    data: trend.map((month) => `${month.period} 实收 ${text(wan(month.total))}`),
    axisTick: { show: false },
    axisLine: { onZero: false, lineStyle: { color: "#D5DCE3" } },
    axisLabel: {
      color: GREY,
      fontSize: 11,
      formatter: (_, i) => trend[i].label,
      interval: (i) => /年$|^(4|7|10)月$/.test(trend[i].label),
    },
  },
  yAxis: { type: "value", splitNumber: 5, splitLine: { lineStyle: { color: "#E7ECF1" } }, axisLabel: { color: GREY, fontSize: 11 } },
  series: [...bars(trend), lastYear(trend)],
});

export function drawTrend(trend) {
  const box = document.getElementById("trend");
  const now = JSON.stringify(trend);
  if (now === shown || !globalThis.echarts || (!chart && box.hidden)) return;
  shown = now;
  if (!chart) {
    chart = globalThis.echarts.init(box, null, { renderer: "svg" });
    new ResizeObserver(() => chart.resize()).observe(box);
  }
  chart.setOption(option(trend));
}
