// Bytes per second over the last seconds, and the time that is left at that speed.
const WINDOW_MS = 8_000;
const LEAST_MS = 500;

export class Rate {
  #samples = [];

  add(total, now = performance.now()) {
    this.#samples.push([now, total]);
    while (this.#samples.length > 2 && now - this.#samples[0][0] > WINDOW_MS) this.#samples.shift();
  }

  // After a pause the time that stood still does not count.
  restart() {
    this.#samples = [];
  }

  get perSecond() {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || last[0] - first[0] < LEAST_MS) return NaN;
    return Math.max(0, ((last[1] - first[1]) * 1000) / (last[0] - first[0]));
  }

  secondsLeft(numBytes) {
    return numBytes / this.perSecond;
  }
}
