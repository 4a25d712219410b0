// Finer buckets of what is zoomed into: asked for once the range rests, only where it would help.
import { nearest, rangeToAxis, xOf } from "./axis.js";

const REST_MS = 200;
const BUCKETS = 600;

export class Detail {
  // `sources`: {"" or "0:", ...: address of the series of that run}.
  constructor(store, sources, changed) {
    this.store = store;
    this.sources = sources;
    this.changed = changed;
  }

  want(view) {
    clearTimeout(this.timer);
    const wanted = JSON.stringify([view.x, view.range]);
    if (!view.range) {
      this.done = undefined;
      if (this.store.detail.size) this.store.detail.clear();
      return;
    }
    if (this.done === wanted) return;
    this.timer = setTimeout(() => this.#ask(view, wanted), REST_MS);
  }

  async #ask(view, wanted) {
    const jobs = Object.entries(this.sources).map(async ([run, address]) => {
      const steps = this.#steps(run, view);
      if (!steps) return false;
      const answer = await fetch(`${address}?first=${steps[0]}&last=${steps[1]}&buckets=${BUCKETS}`);
      if (!answer.ok) return false;
      this.store.takeDetail(run, (await answer.json()).series);
      return true;
    });
    const found = await Promise.all(jobs).catch(() => []);
    if (!found.length) return;
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
