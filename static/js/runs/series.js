// The points of a run as the page holds them: buckets of a snapshot, then single points behind them.

const MOST_EXTRA = 1_500;

export class SeriesStore {
  constructor() {
    this.series = new Map();
  }

  get(name) {
    return this.series.get(name);
  }

  get isEmpty() {
    return ![...this.series.values()].some((series) => series.x.length);
  }

  // Returns the names of the series that changed.
  takeSnapshot(message) {
    for (const [name, found] of Object.entries(message.series)) {
      const curve = readCurve(found.curve);
      const tails = found.tails.map((tail) => ({ ...readCurve(tail), generation: tail.generation }));
      const generation = message.cursors[name][0];
      this.series.set(name, { ...curve, tails, generation, numBuckets: curve.x.length, numRecords: found.num_records });
    }
    return Object.keys(message.series);
  }

  // Returns { names, isStale }: stale when a rewind cut points away, when some are missing, or when
  // too many came one by one. Points that are here already are not taken again.
  takeDelta(message) {
    let isStale = false;
    for (const [name, [generation]] of Object.entries(message.to.series)) {
      const known = this.series.get(name);
      if (known && known.generation !== generation) isStale = true;
    }
    for (const [name, stretches] of Object.entries(message.series)) {
      const series = this.#seriesFor(name, stretches[0].generation);
      for (const stretch of stretches) {
        const fits = !stretch.cut && stretch.generation === series.generation && stretch.start <= series.numRecords;
        if (fits) append(series, stretch);
        else isStale = true;
      }
      if (series.x.length > series.numBuckets + MOST_EXTRA) isStale = true;
    }
    return { names: Object.keys(message.series), isStale };
  }

  #seriesFor(name, generation) {
    if (!this.series.has(name)) {
      const empty = { x: [], time: [], last: [], low: [], high: [], tails: [] };
      this.series.set(name, { ...empty, generation, numBuckets: 0, numRecords: 0 });
    }
    return this.series.get(name);
  }
}

// NaN and the infinities travel as text; Number() reads them.
function numbers(values) {
  return values.map(Number);
}

function readCurve(curve) {
  const last = numbers(curve.last);
  const low = curve.low ? numbers(curve.low) : [...last];
  const high = curve.high ? numbers(curve.high) : [...last];
  return { x: [...curve.x], time: [...curve.time], last, low, high };
}

function append(series, stretch) {
  const [steps, times, texts] = ["step", "time", "value"].map((part) => stretch[part].slice(series.numRecords - stretch.start));
  const values = numbers(texts);
  series.x.push(...steps);
  series.time.push(...times);
  for (const part of ["last", "low", "high"]) series[part].push(...values);
  series.numRecords += values.length;
}
