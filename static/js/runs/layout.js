// How a chart looks, in the colours of the theme in force. `range` is the zoom that all charts share.
import { tokenColor } from "../theme.js";

export function layoutOf(chart, view, range) {
  const axis = { gridcolor: tokenColor("--line"), linecolor: tokenColor("--line"), zeroline: false, fixedrange: false };
  const bounds = range ? { range, autorange: false } : { autorange: true };
  const type = view.isLog && chart.may_be_log ? "log" : "linear";
  const unit = chart.unit ? `, ${chart.unit}` : "";
  return {
    margin: { t: 32, r: 14, b: 38, l: 60 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: tokenColor("--text-muted"), size: 12, family: getComputedStyle(document.body).fontFamily },
    title: { text: `<b>${chart.title}${unit}</b>`, font: { size: 13, color: tokenColor("--text") }, x: 0, xref: "paper", y: 1, yref: "container", pad: { t: 10 }, yanchor: "top" },
    hovermode: "x unified",
    hoverlabel: { bgcolor: tokenColor("--raised"), bordercolor: tokenColor("--line"), font: { color: tokenColor("--text") } },
    showlegend: chart.series.length > 1,
    legend: { traceorder: "normal", orientation: "h", x: 1, xanchor: "right", y: 1, yref: "container", yanchor: "top", bgcolor: "rgba(0,0,0,0)" },
    xaxis: { ...axis, ...bounds, title: { text: view.label, standoff: 4, font: { size: 12 } } },
    yaxis: { ...axis, type, autorange: true, exponentformat: "power" },
    uirevision: `${view.x}`,
  };
}
