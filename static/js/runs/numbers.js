// Numbers as people read them; the same as webapp/runs/stats.py and training/units.py write them.
import { words } from "./words.js";

const BYTE_STEPS = ["B", "kB", "MB", "GB", "TB", "PB"];
const COUNT_STEPS = ["", " k", " M", " B", " T"];
const GROUPED = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function written(kind, value) {
  const shown = kind === "perplexity" ? Math.exp(Math.min(value, 700)) : value;
  if (!Number.isFinite(shown)) return Number.isNaN(shown) ? "NaN" : "∞";
  return WRITERS[kind](shown);
}

const WRITERS = {
  loss: (value) => value.toFixed(4),
  norm: (value) => value.toFixed(3),
  perplexity: (value) => value.toLocaleString("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
  rate: (value) => value.toExponential(2).replace("e+", "e"),
  count: (value) => GROUPED.format(value),
  bytes: (value) => scaled(value, BYTE_STEPS, " "),
};

export function formatCount(value) {
  return Math.abs(value) < 100_000 ? GROUPED.format(value) : scaled(value, COUNT_STEPS, "");
}

export function formatSeconds(seconds) {
  if (!Number.isFinite(seconds)) return words.unknown;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const total = Math.round(seconds);
  if (total < 60) return `${total} s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return total % 60 ? `${minutes} min ${total % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function scaled(value, steps, separator) {
  let index = 0;
  while (Math.abs(value) >= 1000 && index < steps.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${value.toFixed(index ? 1 : 0)}${separator}${steps[index]}`;
}

export function formatBytes(value) {
  return scaled(value, BYTE_STEPS, " ");
}
