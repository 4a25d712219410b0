// One file on its way: waiting, sending, paused, failed; at last arrived, refused or taken back.
import { Halted } from "./request.js";
import { Rate } from "./rate.js";
import { callApi, sendFile } from "./send.js";

export const OPEN = ["waiting", "sending", "paused", "failed"];

export class Transfer {
  constructor({ file, known, row, page }) {
    Object.assign(this, { file, known, row, page });
    this.sent = known.offset;
    this.rate = new Rate();
    this.address = page.fileAddress.replace("ID", known.id);
    this.settled = new Promise((resolve) => {
      this.settle = resolve;
    });
    row.bind({ pause: () => this.pause(), resume: () => this.resume(), cancel: () => this.cancel() });
    this.#become("waiting", known.offset ? page.words.resumed : page.words.queued);
    row.progress(this.sent);
  }

  async run() {
    if (this.state !== "waiting") return;
    this.halt = new AbortController();
    this.rate.restart();
    this.#become("sending", "");
    try {
      await sendFile(this.file, this.known, {
        address: this.address,
        chunkBytes: this.page.chunkBytes,
        signal: this.halt.signal,
        onProgress: (sent) => this.#move(sent),
        onWait: (error) => this.row.tell(this.page.sentenceOf(error)),
      });
      this.#end("arrived", this.page.words.arrived);
    } catch (error) {
      this.#stopped(error);
    }
  }

  pause() {
    if (this.state !== "waiting" && this.state !== "sending") return;
    this.#become("paused", this.page.words.paused);
    this.halt?.abort();
  }

  resume() {
    if (this.state !== "paused" && this.state !== "failed") return;
    this.#become("waiting", this.page.words.queued);
    this.page.queue.add(this);
  }

  async cancel() {
    if (!OPEN.includes(this.state)) return;
    this.#become("leaving", this.page.words.leaving);
    this.halt?.abort();
    try {
      await callApi(this.address, "DELETE", undefined, (error) => this.row.tell(this.page.sentenceOf(error)));
    } catch (error) {
      // Gone already: its upload was discarded in another window.
      if (error.status !== 404) return this.#become("failed", this.page.sentenceOf(error));
    }
    return this.#end("skipped", this.page.words.cancelled);
  }

  #move(sent) {
    this.sent = sent;
    this.rate.add(sent);
    this.row.progress(sent, this.rate);
    this.page.moved();
  }

  #stopped(error) {
    if (error instanceof Halted) return;
    if (error.status === 415) this.#end("refused", error.message);
    else {
      this.#become("failed", this.page.sentenceOf(error));
      this.page.failed(error);
    }
  }

  #become(state, said) {
    this.state = state;
    this.row.become(state, said);
    this.page.moved();
  }

  #end(state, said) {
    if (state !== "arrived") this.sent = this.known.num_bytes;
    this.#become(state, said);
    this.settle(state);
  }
}

// Sends a few at a time, in the order in which they came.
export class Queue {
  #waiting = [];
  #numRunning = 0;

  constructor(limit) {
    this.limit = limit;
  }

  add(transfer) {
    this.#waiting.push(transfer);
    this.#next();
  }

  #next() {
    while (this.#numRunning < this.limit && this.#waiting.length) {
      this.#numRunning += 1;
      this.#waiting.shift().run().finally(() => {
        this.#numRunning -= 1;
        this.#next();
      });
    }
  }
}
