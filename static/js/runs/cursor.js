// One cursor for all charts: a line at the step under the pointer, and the values there. By keyboard:
// arrows (with Shift ten at once), Home, End, + and - to zoom, Enter to open the step, Escape.
import { nearest, rangeFromAxis } from "./axis.js";
import { short } from "./traces.js";
import { said, words } from "./words.js";

const CLICK_PX = 4;
const DOUBLE_MS = 300;

export class Cursor {
  constructor(charts, { pick, zoom }) {
    this.charts = charts;
    this.pick = pick;
    this.zoom = zoom;
    for (const card of charts.cards) this.#bind(card);
  }

  #bind(card) {
    const place = card.querySelector("[data-plot]");
    place.addEventListener("pointermove", (event) => this.#point(card, event.clientX));
    place.addEventListener("pointerleave", () => this.#clear());
    // Plotly takes the clicks for itself while it waits for a drag.
    place.addEventListener("pointerdown", (event) => this.#press(card, event), true);
    place.addEventListener("keydown", (event) => this.#key(card, event));
    place.addEventListener("blur", () => this.#clear());
    place.tabIndex = 0;
  }

  #point(card, clientX) {
    const axis = axisOf(card);
    const line = this.charts.longest(card);
    if (!axis || !line) return;
    const px = clientX - card.querySelector("[data-plot]").getBoundingClientRect().left - axis._offset;
    if (px < 0 || px > axis._length) return this.#clear();
    const linear = axis.p2l(px);
    this.#show(line.step[nearest(line.x, axis.type === "log" ? 10 ** linear : linear)]);
  }

  // Opens the step, unless the pointer is dragged; a double click goes back to the whole range.
  #press(card, event) {
    clearTimeout(this.timer);
    this.#point(card, event.clientX);
    const [step, from, isSecond] = [this.step, event.clientX, event.timeStamp - this.pressedAt < DOUBLE_MS];
    this.pressedAt = event.timeStamp;
    addEventListener("pointerup", ({ clientX }) => {
      if (step === undefined || isSecond || Math.abs(clientX - from) >= CLICK_PX) return;
      this.timer = setTimeout(() => this.pick(step), DOUBLE_MS);
    }, { once: true, capture: true });
  }

  #key(card, event) {
    const line = this.charts.longest(card);
    if (!line) return;
    const at = this.step === undefined ? line.step.length - 1 : nearest(line.step, this.step);
    const far = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: at - far, ArrowRight: at + far, Home: 0, End: line.step.length - 1 }[event.key];
    if (to !== undefined) this.#show(line.step[Math.min(line.step.length - 1, Math.max(0, to))], card);
    else if (event.key === "Enter" && this.step !== undefined) this.pick(this.step);
    else if (event.key === "Escape") this.#clear();
    else if ("+-".includes(event.key)) this.#zoomAround(card, line.x[at], event.key === "+" ? 0.5 : 2);
    else return;
    event.preventDefault();
  }

  #zoomAround(card, x, factor) {
    const [from, to] = axisRange(axisOf(card));
    const half = ((to - from) * factor) / 2;
    this.zoom(rangeFromAxis([x - half, x + half], this.charts.view));
  }

  #show(step, spoken) {
    this.step = step;
    for (const card of this.charts.cards) this.#draw(card, step);
    if (spoken) document.querySelector("[data-announce]").textContent = spoken.querySelector("[data-shown]").textContent;
  }

  #draw(card, step) {
    const axis = axisOf(card);
    const lines = this.charts.lines.get(card);
    if (!axis || !lines?.length) return;
    const main = this.charts.longest(card);
    const x = main.x[nearest(main.step, step)];
    const px = axis.l2p(axis.type === "log" ? Math.log10(x) : x);
    const rule = card.querySelector(".crosshair") ?? card.appendChild(ruleElement());
    const isInside = px >= 0 && px <= axis._length;
    rule.hidden = !isInside;
    rule.style.left = `${card.querySelector("[data-plot]").offsetLeft + axis._offset + px}px`;
    const parts = lines.map((line) => told(line, nearest(line.step, step)));
    const event = this.charts.marks.near(step, Math.abs(main.step.at(-1) - main.step[0]) / 200);
    card.querySelector("[data-shown]").textContent = [said("atStep", { step: step.toLocaleString("en-US") }), ...parts, event].filter(Boolean).join(" · ");
  }

  #clear() {
    if (this.step === undefined) return;
    this.step = undefined;
    for (const card of this.charts.cards) {
      const rule = card.querySelector(".crosshair");
      if (rule) rule.hidden = true;
      this.charts.caption(card);
    }
  }
}

// In units of the axis; Plotly keeps dates as text and logarithms as powers.
export function axisRange(axis) {
  return axis.range.map((value) => (axis.type === "log" ? 10 ** value : axis.r2l(value)));
}

export function axisOf(card) {
  return card.querySelector("[data-plot]")._fullLayout?.xaxis;
}

function told({ label, y, low, high, hasBand }, i) {
  if (y[i] === null) return `${label} ${words.notFinite}`;
  const band = hasBand && low[i] !== high[i] && low[i] !== null ? ` (${short(low[i])} … ${short(high[i])})` : "";
  return `${label} ${short(y[i])}${band}`;
}

function ruleElement() {
  const rule = document.createElement("div");
  rule.className = "crosshair";
  return rule;
}
