// From stored series to what Plotly draws: smoothed line over the faint raw one, band, faint cut
// tails, marks of broken values. `lines` are what the cursor reads: {label, step, x, y, low, high}.
import { tokenColor } from "../theme.js";
import { along, runOf, xOf } from "./axis.js";
import { endLabels } from "./ends.js";
import { said } from "./words.js";

export const TRANSFORMS = {
  "": (value) => value,
  exp: (value) => Math.exp(Math.min(value, 700)),
  mega: (value) => value / 1e6,
  giga: (value) => value / 1e9,
};

export function tracesOf(chart, store, view) {
  const [traces, lines] = [[], []];
  const marks = { x: [], y: [], text: [] };
  for (const row of chart.series) {
    const series = store.shown(row.name);
    if (!series?.x.length) continue;
    const line = lineOf(chart, row, series, store, view);
    lines.push(line);
    for (const tail of view.range ? [] : series.tails) traces.push(tailTrace(chart, tail, line, store, view));
    collectMarks(marks, series, line);
  }
  const base = view.minus && lines.find(({ name }) => runOf(name) === "0:");
  if (base) takeOff({ ...base, y: [...base.y] }, lines);
  for (const line of lines) traces.push(...lineTraces(line, view));
  if (chart.has_end_labels) traces.push(...endLabels(lines, view.isLog && chart.may_be_log && !view.minus));
  if (marks.x.length && !base) traces.push(markTrace(marks, traces));
  return { traces, lines };
}

// Exponential moving average, debiased: divided by 1 - weight^n after n finite values.
export function smoothed(values, weight) {
  if (!weight) return values;
  let [mean, count] = [0, 0];
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    mean = weight * mean + (1 - weight) * value;
    count += 1;
    return mean / (1 - weight ** count);
  });
}

// Of the values shown, as one sentence; the same as training/report/svg.py says.
export function summaryOf(chart, store) {
  const change = TRANSFORMS[chart.transform];
  const parts = chart.series.map(({ name, label }) => {
    const series = store.shown(name);
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

function lineOf(chart, { name, label, slot }, series, store, view) {
  const change = TRANSFORMS[chart.transform];
  const [low, high, y] = ["low", "high", "last"].map((part) => finite(series[part], change));
  const hasBand = series.numBuckets > 0 && series.low.some((value, i) => value !== series.high[i] && !Number.isNaN(value));
  const color = tokenColor(`--series-${((slot - 1) % 6) + 1}`);
  const dash = ["solid", "dash", "dot", "dashdot"][chart.has_end_labels ? (slot - 1) % 4 : Number(slot > 6)];
  return { name, label, color, dash, hasBand, step: series.x, x: xOf(name, series, store, view), y, low, high };
}

function lineTraces({ label, color, dash, hasBand, x, y, low, high }, view) {
  // The edges are drawn: in a band alone a spike of one bucket would be too faint to see.
  const edge = { x, mode: "lines", line: { width: 1, color: faint(color, 0.55) }, hoverinfo: "skip", showlegend: false };
  const band = hasBand ? [{ ...edge, y: high }, { ...edge, y: low, fill: "tonexty", fillcolor: faint(color, 0.18) }] : [];
  const mode = x.length < 30 ? "lines+markers" : "lines";
  const main = { x, y, name: label, mode, line: { color, dash, width: 1.75 }, marker: { size: 4, color }, connectgaps: false };
  if (!view.smooth) return [...band, main];
  const raw = { ...main, mode: "lines", line: { color: faint(color, 0.35), width: 1 }, showlegend: false };
  return [...band, raw, { ...main, mode: "lines", y: smoothed(y, view.smooth) }];
}

function tailTrace(chart, tail, { name, label, color }, store, view) {
  return {
    x: xOf(name, tail, store, view),
    y: finite(tail.last, TRANSFORMS[chart.transform]),
    name: `${label} ${tail.generation + 1}`,
    mode: "lines",
    line: { color: faint(color, 0.4), width: 1.25, dash: "dot" },
    showlegend: false,
  };
}

// Every run less the first one, read at the same x.
function takeOff(base, lines) {
  const known = base.y.flatMap((value, i) => (value === null ? [] : [i]));
  const [xs, ys] = [known.map((i) => base.x[i]), known.map((i) => base.y[i])];
  for (const line of lines) {
    const below = along(xs, ys, line.x);
    const less = (values) => values.map((value, i) => (value === null || Number.isNaN(below[i]) ? null : value - below[i]));
    [line.y, line.low, line.high] = [less(line.y), less(line.low), less(line.high)];
  }
}

function markTrace(marks, traces) {
  const values = traces.flatMap((trace) => trace.y).filter((value) => value !== null);
  const floor = values.reduce((least, value) => Math.min(least, value), values[0] ?? 0);
  const marker = { symbol: "triangle-up", size: 9, color: tokenColor("--failed-dot") };
  return { x: marks.x, y: marks.x.map(() => floor), text: marks.text, mode: "markers", marker, showlegend: false };
}

function collectMarks(marks, series, { label, x }) {
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
