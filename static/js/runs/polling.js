// Asks again and again, one question at a time, from start() until stop().

const POLL_MS = 2_000;

export class Polling {
  constructor(ask) {
    this.ask = ask;
  }

  get isOn() {
    return this.timer !== undefined;
  }

  start() {
    if (this.isOn) return;
    this.timer = setInterval(() => this.#turn(), POLL_MS);
    this.#turn();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  async #turn() {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      await this.ask();
    } finally {
      this.isAsking = false;
    }
  }
}
