// Finer buckets of what is zoomed into: asked for once the range rests, only where it would help.
import { nearest, rangeToAxis, xOf } from "./axis.js";

const REST_MS = 200;
const BUCKETS = 600;

export class Detail {
  // `sources`: {"" or "0:", ...: address of the series of that run}; `names`: the series that are drawn.
  constructor(store, sources, names, changed) {
    this.store = store;
    this.sources = sources;
    this.names = [...names];
    this.changed = changed;
  }

  want(view) {
    clearTimeout(this.timer);
    const wanted = JSON.stringify([view.x, view.range]);
    if (!view.range) {
      [this.done, this.asked] = [undefined, undefined];
      if (this.store.detail.size) this.store.detail.clear();
      return;
    }
    if (this.done === wanted && this.store.detail.size) return;
    this.timer = setTimeout(() => this.#ask(view, wanted), REST_MS);
  }

  async #ask(view, wanted) {
    this.asked = wanted;
    const jobs = Object.entries(this.sources).map(async ([run, address]) => {
      const steps = this.#steps(run, view);
      if (!steps) return false;
      const names = this.names.filter((name) => name.startsWith(run)).map((name) => name.slice(run.length));
      const query = new URLSearchParams({ first: steps[0], last: steps[1], buckets: BUCKETS, names });
      const answer = await fetch(`${address}?${query}`);
      const found = answer.ok && (await answer.json()).series;
      // Another range may have been asked for meanwhile, and its answer been quicker.
      if (!found || this.asked !== wanted) return false;
      this.store.takeDetail(run, found);
      return true;
    });
    const found = await Promise.all(jobs).catch(() => []);
    if (!found.length || this.asked !== wanted) return;
    this.done = wanted;
    if (found.some(Boolean)) this.changed();
  }

  // The steps of the range, or nothing when every point of it is here already.
  #steps(run, view) {
    const names = [...this.store.series.keys()].filter((name) => name.startsWith(run) && this.store.get(name).x.length);
    if (!names.some((name) => this.store.get(name).numRecords > this.store.get(name).x.length)) return null;
    const longest = names.reduce((best, name) => (this.store.get(name).x.length > this.store.get(best).x.length ? name : best));
    const series = this.store.get(longest);
    const x = xOf(longest, series, this.store, view);
    const [from, to] = rangeToAxis(view.range, view).map((value) => nearest(x, value));
    return [series.x[Math.max(0, from - 1)], series.x[Math.min(x.length - 1, to + 1)]];
  }
}
