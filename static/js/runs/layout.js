// How a chart looks, in the colours of the theme in force. The zoom is the same for all charts.
// `marks` are what happened: [{x, kind}].
import { tokenColor } from "../theme.js";
import { rangeToAxis } from "./axis.js";

// Narrower than this, title and legend would stand in each other: the legend gets its own line.
const NARROW = 420;
const MARK_HEIGHT = { checkpoint: 0.06 };
const MARK_COLOR = { resumed: "--lost-dot", warning: "--lost-dot", step_skipped: "--lost-dot", rolled_back: "--failed-dot", failed: "--failed-dot", checkpoint_failed: "--failed-dot" };

export function layoutOf(chart, view, marks, width = NARROW) {
  const line = tokenColor("--line");
  const axis = { gridcolor: line, linecolor: line, zeroline: false, fixedrange: false };
  const unit = chart.unit ? `, ${chart.unit}` : "";
  const isLog = view.isLog && chart.may_be_log && !view.minus;
  const hasLegend = chart.series.length > 1 && !chart.has_end_labels;
  const legendLine = hasLegend && width < NARROW ? 22 : 0;
  const edge = legendLine ? { x: 0, xanchor: "left", yref: "paper", y: 1, yanchor: "bottom" } : { x: 1, xanchor: "right", yref: "container", y: 1, yanchor: "top" };
  return {
    margin: { t: 32 + legendLine, r: chart.has_end_labels ? 110 : 14, b: 38, l: 60 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: tokenColor("--text-muted"), size: 12, family: getComputedStyle(document.body).fontFamily },
    title: { text: `<b>${chart.title}${unit}</b>`, font: { size: 13, color: tokenColor("--text") }, x: 0, xref: "paper", y: 1, yref: "container", pad: { t: 10 }, yanchor: "top" },
    // The page's own cursor reads all charts at once.
    hovermode: false,
    dragmode: "zoom",
    showlegend: hasLegend,
    legend: { traceorder: "normal", orientation: "h", ...edge, bgcolor: "rgba(0,0,0,0)" },
    xaxis: { ...axis, ...xAxis(view), title: { text: view.label, standoff: 4, font: { size: 12 } } },
    yaxis: { ...axis, fixedrange: true, type: isLog ? "log" : "linear", autorange: true, separatethousands: true, exponentformat: chart.unit ? "none" : "power" },
    shapes: marks.map(({ x, kind }) => markShape(x, kind)),
    uirevision: `${view.x}`,
  };
}

function xAxis(view) {
  const type = view.x === "wall" ? "date" : view.isLogX ? "log" : "linear";
  if (!view.range) return { type, autorange: true };
  const range = rangeToAxis(view.range, view);
  const shown = type === "log" ? range.map((value) => Math.log10(Math.max(value, 1e-9))) : range;
  return { type, range: shown, autorange: false };
}

function markShape(x, kind) {
  const color = tokenColor(MARK_COLOR[kind] ?? "--control");
  const line = { color, width: kind === "checkpoint" ? 2 : 1, dash: kind === "checkpoint" ? "solid" : "dash" };
  return { type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: MARK_HEIGHT[kind] ?? 1, line, layer: "below" };
}
