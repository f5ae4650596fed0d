// The trend of 24 months, stacked by fee; the table beside it holds the same numbers.

const FEES = [["水费", "#1F6FB2"], ["污水处理费", "#8A5A1E"], ["垃圾处理费", "#37733A"], ["累计加价", "#7A4E9E"]];
const GREY = "#5A6B7C";

let chart = null;
let shown = "";

// A place on the axis, not an amount that anyone counts with.
const wan = (yuan) => Number(yuan) / 10000;
const text = (value) => (value === null || value === undefined ? "—" : `${value.toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} 万元`);

const bars = (trend) =>
  FEES.map(([name, color], i) => ({
    name,
    type: "bar",
    stack: "all",
    barCategoryGap: "22%",
    itemStyle: { color, borderColor: "#fff", borderWidth: 0.5 },
    // The running month is not whole yet, and looks so.
    data: trend.map((month) => ({ value: wan(month.fees[i]), itemStyle: month.complete ? {} : { opacity: 0.45 } })),
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
    data: trend.map((month) => month.label),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: "#D5DCE3" } },
    axisLabel: { color: GREY, fontSize: 11, interval: (_, label) => /年$|^(4|7|10)月$/.test(label) },
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
