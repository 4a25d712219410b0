// The points of a run as the page holds them: buckets of a snapshot, then single points behind them.

const MOST_EXTRA = 1_500;

export class SeriesStore {
  constructor() {
    this.series = new Map();
    // Finer buckets of what is zoomed into.
    this.detail = new Map();
  }

  get(name) {
    return this.series.get(name);
  }

  // The finer buckets where there are some, and what came behind them.
  shown(name) {
    const [whole, fine] = [this.series.get(name), this.detail.get(name)];
    if (!fine || !whole) return whole;
    const from = fine.reachesEnd ? whole.x.findIndex((step) => step > (fine.x.at(-1) ?? Infinity)) : -1;
    const joined = from < 0 ? fine : join(fine, whole, from);
    return { ...whole, ...joined, numBuckets: fine.x.length, numRecords: fine.numRecords };
  }

  startedAt(run) {
    const own = [...this.series].filter(([name]) => name.startsWith(run));
    const firsts = own.flatMap(([, series]) => series.time.slice(0, 1));
    return firsts.reduce((least, time) => Math.min(least, time), firsts[0] ?? 0);
  }

  get newestStep() {
    return [...this.series.values()].reduce((newest, { x }) => (x.at(-1) > (newest ?? -1) ? x.at(-1) : newest), undefined);
  }

  // A whole run, read at one moment.
  takeRun(run, found) {
    for (const [name, { curve, num_records: numRecords }] of Object.entries(found)) {
      const read = readCurve(curve);
      this.series.set(run + name, { ...read, tails: [], generation: 0, numBuckets: read.x.length, numRecords });
    }
    return Object.keys(found).map((name) => run + name);
  }

  takeDetail(run, found) {
    for (const [name, { curve, num_records: numRecords }] of Object.entries(found)) {
      const fine = readCurve(curve);
      const whole = this.series.get(run + name);
      const reachesEnd = Boolean(whole) && fine.x.at(-1) >= whole.x.at(-1);
      if (fine.x.length) this.detail.set(run + name, { ...fine, numRecords, reachesEnd });
    }
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
      // A rewind took points away: finer buckets of before are those of another attempt.
      if (this.get(name)?.generation !== generation) this.detail.delete(name);
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

function join(fine, whole, from) {
  const parts = ["x", "time", "last", "low", "high"];
  return Object.fromEntries(parts.map((part) => [part, [...fine[part], ...whole[part].slice(from)]]));
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
