// The chart of the pattern page, drawn as run pages draw theirs.
import { tokenColor } from "./theme.js";

const place = document.getElementById("pattern-chart");
const steps = Array.from({ length: 200 }, (_, index) => index * 2);
const loss = steps.map((step) => 2.3 + 7.2 * Math.exp(-step / 80));

function layout() {
  const axis = { gridcolor: tokenColor("--line"), linecolor: tokenColor("--control"), zeroline: false };
  return {
    height: 280,
    margin: { t: 28, r: 16, b: 40, l: 48 },
    paper_bgcolor: tokenColor("--surface"),
    plot_bgcolor: tokenColor("--surface"),
    font: { color: tokenColor("--text-muted"), size: 12 },
    hovermode: "x unified",
    hoverlabel: { bgcolor: tokenColor("--raised"), font: { color: tokenColor("--text") } },
    xaxis: { ...axis, title: { text: "Step" } },
    yaxis: { ...axis, title: { text: "<b>Loss</b>" } },
  };
}

function draw() {
  const trace = { x: steps, y: loss, name: "loss", mode: "lines", line: { color: tokenColor("--series-1"), width: 2 } };
  return window.Plotly.react(place, [trace], layout(), { displaylogo: false, displayModeBar: true, responsive: true });
}

addEventListener("load", async () => {
  await draw();
  place.dataset.drawn = "yes";
});
document.documentElement.addEventListener("themechange", draw);
