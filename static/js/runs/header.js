// The head of a run page: state, reason, buttons, progress, numbers, title and icon of the tab, age.
import { formatCount, formatSeconds, written } from "./numbers.js";
import { words } from "./words.js";

const STALE_SECONDS = 20;

export class Header {
  constructor(root) {
    this.root = root;
    this.job = JSON.parse(root.dataset.job);
    this.lastPoint = Number(root.dataset.lastPoint) || null;
    this.#tab();
    setInterval(() => this.#age(), 1_000);
  }

  setJob(job) {
    const before = this.job.state;
    this.job = job;
    for (const place of this.root.querySelectorAll("[data-title]")) place.textContent = job.title;
    for (const place of this.root.querySelectorAll("[data-reason]")) place.textContent = job.reason;
    for (const button of this.root.querySelectorAll("[data-needs]")) button.hidden = !job[button.dataset.needs];
    if (before !== job.state) this.#chip(job);
    if (!job.is_live) this.root.querySelector("[data-progress-eta]").textContent = "";
    this.#tab();
    // What went wrong needs more than a word: the server writes that part of the page, or leaves it out.
    if (before !== job.state && (isBroken(before) || isBroken(job.state))) location.reload();
  }

  setProgress(event) {
    const box = this.root.querySelector("[data-progress]");
    const bar = box.querySelector("progress");
    const tokens = event.num_tokens === undefined ? "" : ` · ${formatCount(event.num_tokens)} ${words.tokens}`;
    const text = `${formatCount(event.done)} ${words.of} ${formatCount(event.total)} ${event.unit}${tokens}`;
    box.querySelector("[data-progress-label]").textContent = text;
    const eta = this.job.is_live && event.eta_seconds > 0 ? `${formatSeconds(event.eta_seconds)} ${words.left}` : "";
    box.querySelector("[data-progress-eta]").textContent = eta;
    [bar.max, bar.value] = [event.total || 1, event.done];
    box.hidden = false;
    this.percent = Math.floor((100 * event.done) / (event.total || 1));
    this.#tab();
  }

  setNumbers(store) {
    for (const place of this.root.querySelectorAll("[data-stat]")) {
      const series = store.get(place.dataset.stat);
      if (!series?.x.length) continue;
      place.textContent = written(place.dataset.kind, series.last.at(-1));
      this.lastPoint = Math.max(this.lastPoint ?? 0, series.time.at(-1));
    }
    this.#best(store.get("validation/loss"));
    this.#age();
  }

  #best(series) {
    const place = this.root.querySelector("[data-best]");
    const finite = series?.low.filter(Number.isFinite) ?? [];
    if (!place || !finite.length) return;
    const least = Math.min(...finite);
    const step = series.x[series.low.indexOf(least)];
    place.textContent = `${words.best} ${least.toFixed(4)} ${words.at} ${step.toLocaleString("en-US")}`;
  }

  #chip(job) {
    const chip = this.root.querySelector("[data-chip] .chip");
    chip.className = `chip chip--${job.tone}`;
    chip.dataset.state = job.state;
    chip.querySelector("use").setAttribute("href", `${this.root.dataset.icons}#${job.glyph}`);
    chip.lastChild.textContent = job.label;
    this.root.querySelector("[data-since]").textContent = words.now;
    this.root.querySelector("[data-announce]").textContent = `${job.label}. ${job.reason}`;
  }

  #tab() {
    const percent = this.job.is_live && this.percent !== undefined ? `${this.percent} % · ` : `${this.job.label} · `;
    document.title = `${percent}${this.job.title} · Trainyard`;
    const icon = document.querySelector('link[rel="icon"]');
    const wanted = words[`icon${this.job.tone[0].toUpperCase()}${this.job.tone.slice(1)}`];
    if (wanted && icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
  }

  #age() {
    const badge = this.root.querySelector("[data-stale]");
    if (!badge) return;
    const age = this.lastPoint ? Date.now() / 1000 - this.lastPoint : 0;
    badge.hidden = !(this.job.is_live && age > STALE_SECONDS);
    if (!badge.hidden) badge.querySelector("[data-stale-text]").textContent = `${words.stale} ${formatSeconds(age)}`;
  }
}

function isBroken(state) {
  return ["failed", "lost"].includes(state);
}
