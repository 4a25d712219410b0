// The horizontal axis of a histogram: from value to place and back, as the server draws it.

export function axisOf(element) {
  const { scale, high, width, step } = element.closest("[data-histogram]").dataset;
  const most = Number(high);
  const wide = Number(width);
  const within = (x) => Math.min(wide, Math.max(0, x));
  if (scale === "log") {
    const top = Math.log1p(most);
    return {
      high: most,
      width: wide,
      step: Number(step),
      place: (value) => within((Math.log1p(Math.max(0, value)) / top) * wide),
      value: (x) => Math.expm1((within(x) / wide) * top),
    };
  }
  return {
    high: most,
    width: wide,
    step: Number(step),
    place: (value) => within((value / most) * wide),
    value: (x) => (within(x) / wide) * most,
  };
}

// Shares to a tenth of a per cent, counts whole: what a person would type.
export function rounded(value, axis) {
  return Number((Math.round(value / axis.step) * axis.step).toPrecision(12));
}
