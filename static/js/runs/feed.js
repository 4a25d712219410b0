// The live feed of one job: a websocket that comes back with its position, polling when it cannot.
// Events: "snapshot" and "delta" (detail: the message), "status" (live, reconnecting, offline, ended).

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;
const PING_MS = 20_000;
const SILENT_MS = 45_000;
const POLL_MS = 2_000;
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
    this.heardAt = 0;
    setInterval(() => this.#keepAlive(), PING_MS);
    addEventListener("online", () => this.#connect());
    document.addEventListener("visibilitychange", () => this.#subscribe());
  }

  start() {
    this.#connect();
  }

  // Forget the series and ask for them as fresh buckets.
  resnap() {
    this.position.series = {};
    this.#subscribe();
  }

  #connect() {
    clearTimeout(this.retry);
    if (this.socket && this.socket.readyState < WebSocket.CLOSING) return;
    this.socket = new WebSocket(this.address);
    this.socket.onopen = () => this.#opened();
    this.socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    this.socket.onclose = (event) => this.#closed(event.code);
  }

  #opened() {
    this.failures = 0;
    this.stopPolling();
    this.#status("live");
    this.#subscribe();
  }

  // A hidden tab is told of events and states only; its series come as buckets when it is shown.
  #subscribe() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.takesSeries = !document.hidden;
    if (this.takesSeries && Date.now() - (this.seriesAt ?? 0) > STALE_POSITION_MS) this.position.series = {};
    const series = this.takesSeries ? null : [];
    this.#send({ type: "subscribe", series, buckets: this.buckets, position: this.position });
  }

  #closed(code) {
    this.socket = null;
    if (code === CLOSED.ended) {
      this.#status("ended");
      return;
    }
    this.failures += 1;
    this.#status(navigator.onLine ? "reconnecting" : "offline");
    if (code === CLOSED.tooMany || this.failures >= TRIES_BEFORE_POLLING) this.startPolling();
    const wait = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1));
    this.retry = setTimeout(() => this.#connect(), wait * (0.75 + Math.random() / 2));
  }

  #keepAlive() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (Date.now() - this.heardAt > SILENT_MS) this.socket.close();
    else this.#send({ type: "ping" });
  }

  #send(message) {
    this.socket.send(JSON.stringify(message));
  }

  #take(message) {
    this.heardAt = Date.now();
    if (message.type === "snapshot") Object.assign(this.position.series, message.cursors);
    if (message.type === "delta") {
      const series = this.takesSeries ? message.to.series : this.position.series;
      this.position = { ...message.to, series };
    }
    if (this.takesSeries) this.seriesAt = Date.now();
    if (["snapshot", "delta"].includes(message.type)) {
      this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
    }
  }

  startPolling() {
    this.polling ??= setInterval(() => this.#poll(), POLL_MS);
  }

  stopPolling() {
    clearInterval(this.polling);
    this.polling = undefined;
  }

  async #poll() {
    if (document.hidden || this.asking) return;
    this.asking = true;
    try {
      const query = new URLSearchParams({ cursors: JSON.stringify(this.position), buckets: this.buckets });
      const answer = await fetch(`${this.live}?${query}`);
      if (!answer.ok) throw new Error(answer.statusText);
      this.takesSeries = true;
      for (const message of (await answer.json()).messages) this.#take(message);
      this.#status("polling");
    } catch {
      this.#status("offline");
    } finally {
      this.asking = false;
    }
  }

  #status(status) {
    this.dispatchEvent(new CustomEvent("status", { detail: status }));
  }
}
