// The live feed of one job: a websocket that comes back with its position, polling when it cannot.
// Events: "snapshot" and "delta" (detail: the message), "status" (live, reconnecting, offline, ended).
// What is told is told once: a new subscription waits until everything under way has arrived.
import { Polling } from "./polling.js";

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;
const PING_MS = 20_000;
const SILENT_MS = 45_000;
const TRIES_BEFORE_POLLING = 3;
const STALE_POSITION_MS = 30_000;
const CLOSED = { ended: 4401, tooMany: 4429 };

export class Feed extends EventTarget {
  constructor({ socket, live, position, buckets }) {
    super();
    this.address = `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${socket}`;
    this.live = live;
    this.buckets = buckets;
    this.position = { series: {}, ...position };
    this.failures = 0;
    this.polling = new Polling(() => this.#poll());
    setInterval(() => this.#keepAlive(), PING_MS);
    addEventListener("online", () => this.#connect());
    document.addEventListener("visibilitychange", () => this.#resubscribe());
  }

  start() {
    this.#connect();
  }

  // Forget the series and ask for them as fresh buckets.
  resnap() {
    this.forgets = true;
    this.#resubscribe();
  }

  get #isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  #connect() {
    clearTimeout(this.retry);
    if (this.socket) return;
    this.socket = new WebSocket(this.address);
    [this.numPings, this.numPongs, this.subscribesAt] = [0, 0, undefined];
    [this.hasSpoken, this.heardAt] = [false, Date.now()];
    this.socket.onopen = () => this.#subscribe();
    this.socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    this.socket.onclose = (event) => this.#closed(event.code);
  }

  // The answer to the ping comes behind all that was sent before; only then is the position right.
  #resubscribe() {
    if (!this.#isOpen) return;
    this.#send({ type: "unsubscribe" });
    this.#ping();
    this.subscribesAt = this.numPings;
  }

  // A hidden tab is told of events and states only; its series come as buckets when it is shown.
  #subscribe() {
    this.takesSeries = !document.hidden;
    if (this.takesSeries) this.#forgetStale();
    const series = this.takesSeries ? null : [];
    this.#send({ type: "subscribe", series, buckets: this.buckets, position: this.position });
  }

  #forgetStale() {
    const isStale = Date.now() - (this.seriesAt ?? 0) > STALE_POSITION_MS;
    if (this.forgets || isStale) this.position.series = {};
    this.forgets = false;
  }

  #hear(message) {
    this.heardAt = Date.now();
    if (this.takesSeries) this.seriesAt = this.heardAt;
    // Not when it opens: a server that is full takes a socket, and closes it before it says a word.
    if (!this.hasSpoken) this.#status("live");
    [this.hasSpoken, this.failures] = [true, 0];
    this.polling.stop();
    if (message.type === "pong") this.#answered();
    else this.#take(message);
  }

  #closed(code) {
    this.socket = null;
    if (code === CLOSED.ended) {
      this.polling.stop();
      this.#status("ended");
      return;
    }
    this.failures += 1;
    if (code === CLOSED.tooMany || this.failures >= TRIES_BEFORE_POLLING) this.polling.start();
    if (!this.polling.isOn) this.#status(navigator.onLine ? "reconnecting" : "offline");
    const wait = code === CLOSED.tooMany ? MOST_WAIT_MS : FIRST_WAIT_MS * 2 ** (this.failures - 1);
    this.retry = setTimeout(() => this.#connect(), Math.min(MOST_WAIT_MS, wait) * (0.75 + Math.random() / 2));
  }

  #keepAlive() {
    if (!this.#isOpen) return;
    if (Date.now() - this.heardAt > SILENT_MS) this.socket.close();
    else this.#ping();
  }

  #ping() {
    this.numPings += 1;
    this.#send({ type: "ping" });
  }

  #answered() {
    this.numPongs += 1;
    if (this.numPongs === this.subscribesAt) this.#subscribe();
  }

  #send(message) {
    this.socket.send(JSON.stringify(message));
  }

  #take(message) {
    const { type, to, cursors } = message;
    if (type === "snapshot") Object.assign(this.position.series, cursors);
    else if (type === "delta") this.position = { ...to, series: this.takesSeries ? to.series : this.position.series };
    else return;
    this.dispatchEvent(new CustomEvent(type, { detail: message }));
  }

  async #poll() {
    if (document.hidden || this.#isOpen) return;
    this.#forgetStale();
    const asked = this.position;
    try {
      const query = new URLSearchParams({ cursors: JSON.stringify(asked), buckets: this.buckets });
      const answer = await fetch(`${this.live}?${query}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const { messages } = await answer.json();
      // A socket that has opened meanwhile was told the same position, and goes on from there itself.
      if (this.#isOpen || this.position !== asked) return;
      [this.takesSeries, this.seriesAt] = [true, Date.now()];
      for (const message of messages) this.#take(message);
      this.#status("polling");
    } catch {
      this.#status("offline");
    }
  }

  #status(status) {
    this.dispatchEvent(new CustomEvent("status", { detail: status }));
  }
}
