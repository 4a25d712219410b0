// From steps to the chosen x axis and back. Wall time is drawn as local time, in milliseconds.

const TOKENS = "train/tokens_seen";

export function xOf(name, curve, store, view) {
  const run = runOf(name);
  if (view.x === "wall") return curve.time.map(localMs);
  if (view.x === "time") return curve.time.map((time) => (time - store.startedAt(run)) / 60);
  if (view.x === "tokens") return tokensAt(curve.x, store.get(run + TOKENS));
  return curve.x;
}

// Where several runs are drawn together, the names of their series begin with "<number>:".
export function runOf(name) {
  return /^\d+:/.exec(name)?.[0] ?? "";
}

// The place in a rising list whose value is nearest.
export function nearest(values, wanted) {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && wanted - values[low - 1] <= values[low] - wanted ? low - 1 : low;
}

// Straight lines between the points; both lists rise in x. NaN outside.
export function along(xs, ys, wanted) {
  let right = 1;
  return wanted.map((x) => {
    if (!(x >= xs[0] && x <= xs.at(-1))) return NaN;
    while (right < xs.length - 1 && xs[right] < x) right += 1;
    const part = (x - xs[right - 1]) / (xs[right] - xs[right - 1] || 1);
    return xs.length === 1 ? ys[0] : ys[right - 1] + Math.min(1, part) * (ys[right] - ys[right - 1]);
  });
}

// The address has unix seconds.
export function rangeToAxis(range, view) {
  return view.x === "wall" ? range.map(localMs) : range;
}

export function rangeFromAxis(range, view) {
  return view.x === "wall" ? range.map((ms) => (ms + offsetMs(ms)) / 1000) : range;
}

function localMs(seconds) {
  return seconds * 1000 - offsetMs(seconds * 1000);
}

function offsetMs(ms) {
  return new Date(ms).getTimezoneOffset() * 60_000;
}

function tokensAt(steps, tokens) {
  if (!tokens?.x.length) return steps;
  const [xs, ys] = [[0, ...tokens.x], [0, ...tokens.last]];
  const found = along(xs, ys, steps);
  return found.map((value, i) => (Number.isNaN(value) && steps[i] > xs.at(-1) ? ys.at(-1) : value));
}
