// From stored series to what Plotly draws: line, band, faint cut tails, marks of broken values.
import { tokenColor } from "../theme.js";
import { said } from "./words.js";

const TOKENS = "train/tokens_seen";
const TRANSFORMS = {
  "": (value) => value,
  exp: (value) => Math.exp(Math.min(value, 700)),
  mega: (value) => value / 1e6,
};

export function tracesOf(chart, store, view, startedAt) {
  const traces = [];
  const marks = { x: [], y: [], text: [] };
  for (const { name, label, slot } of chart.series) {
    const series = store.get(name);
    if (!series?.x.length) continue;
    const color = tokenColor(`--series-${((slot - 1) % 6) + 1}`);
    for (const tail of series.tails) traces.push(tailTrace(chart, tail, { label, color }, store, view, startedAt));
    traces.push(...lineTraces(chart, series, { label, color }, store, view, startedAt));
    collectMarks(marks, label, series, xOf(series, store, view, startedAt));
  }
  if (marks.x.length) traces.push(markTrace(marks, traces));
  return traces;
}

export function xOf(curve, store, view, startedAt) {
  if (view.x === "time") return curve.time.map((time) => (time - startedAt) / 60);
  if (view.x === "tokens") return tokensAt(curve.x, store.get(TOKENS));
  return curve.x;
}

// Of the values shown, as one sentence; the same as training/report/svg.py says.
export function summaryOf(chart, store) {
  const change = TRANSFORMS[chart.transform];
  const parts = chart.series.map(({ name, label }) => {
    const series = store.get(name);
    const finite = series ? series.last.flatMap((value, i) => (Number.isFinite(value) ? [i] : [])) : [];
    if (!finite.length) return "";
    const [first, last] = [finite[0], finite.at(-1)];
    const least = change(Math.min(...series.low.filter(Number.isFinite)));
    const broken = series.last.length - finite.length;
    const told = (i) => said("point", { value: short(change(series.last[i])), step: series.x[i].toLocaleString("en-US") });
    const line = said("summary", { label, first: told(first), last: told(last), least: short(least) });
    return broken ? said("broken", { summary: line, count: broken }) : line;
  });
  return parts.filter(Boolean).join("; ");
}

export function short(value) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(4)));
}

function lineTraces(chart, series, { label, color }, store, view, startedAt) {
  const change = TRANSFORMS[chart.transform];
  const x = xOf(series, store, view, startedAt);
  const [low, high, last] = ["low", "high", "last"].map((part) => finite(series[part], change));
  // The edges are drawn: in a band alone a spike of one bucket would be too faint to see.
  const edge = { x, mode: "lines", line: { width: 1, color: faint(color, 0.55) }, hoverinfo: "skip", showlegend: false };
  const hasBand = series.numBuckets > 0 && series.low.some((value, i) => value !== series.high[i] && !Number.isNaN(value));
  const band = hasBand ? [{ ...edge, y: high }, { ...edge, y: low, fill: "tonexty", fillcolor: faint(color, 0.18) }] : [];
  const line = { color, width: 1.75 };
  const mode = x.length < 30 ? "lines+markers" : "lines";
  return [...band, { x, y: last, name: label, mode, line, marker: { size: 4, color }, connectgaps: false }];
}

function tailTrace(chart, tail, { label, color }, store, view, startedAt) {
  return {
    x: xOf(tail, store, view, startedAt),
    y: finite(tail.last, TRANSFORMS[chart.transform]),
    name: `${label} ${tail.generation + 1}`,
    mode: "lines",
    line: { color: faint(color, 0.4), width: 1.25, dash: "dot" },
    showlegend: false,
  };
}

function markTrace(marks, traces) {
  const values = traces.flatMap((trace) => trace.y).filter((value) => value !== null);
  const floor = values.length ? Math.min(...values) : 0;
  const marker = { symbol: "triangle-up", size: 9, color: tokenColor("--failed-dot") };
  return { x: marks.x, y: marks.x.map(() => floor), text: marks.text, mode: "markers", marker, hoverinfo: "x+text", showlegend: false };
}

function collectMarks(marks, label, series, x) {
  series.last.forEach((value, i) => {
    if (Number.isFinite(value)) return;
    marks.x.push(x[i]);
    marks.text.push(`${label}: ${value}`);
  });
}

function finite(values, change) {
  return values.map((value) => (Number.isFinite(value) ? change(value) : null));
}

function faint(color, alpha) {
  return color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}

// Straight lines between the points of the token series; both rise.
function tokensAt(steps, tokens) {
  if (!tokens?.x.length) return steps;
  const xs = [0, ...tokens.x];
  const ys = [0, ...tokens.last];
  let right = 1;
  return steps.map((step) => {
    while (right < xs.length - 1 && xs[right] < step) right += 1;
    const part = (step - xs[right - 1]) / Math.max(1, xs[right] - xs[right - 1]);
    return ys[right - 1] + part * (ys[right] - ys[right - 1]);
  });
}
