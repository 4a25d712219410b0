// The charts of a run page: Plotly takes the place of the SVG once both it and the points are there.
// Only charts in view are drawn, twice a second at most. Zoom and x axis are the same for all.
import { layoutOf } from "./layout.js";
import { fillTable } from "./table.js";
import { summaryOf, tracesOf } from "./traces.js";

const REDRAW_MS = 500;
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset" };

export class Charts {
  constructor(root, store, view) {
    this.store = store;
    this.view = view;
    this.cards = [...root.querySelectorAll("[data-chart]")];
    this.words = root.dataset;
    this.noData = document.querySelector("[data-no-data]");
    this.charts = new Map(JSON.parse(root.dataset.charts).map((chart) => [chart.key, chart]));
    this.dirty = new Set();
    this.visible = new Set();
    this.range = null;
    const observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "120px" });
    for (const card of this.cards) {
      observer.observe(card);
      this.#bindTable(card);
    }
    document.documentElement.addEventListener("themechange", () => this.touchAll());
    addEventListener("load", () => this.#schedule());
  }

  touch(names) {
    this.#reveal();
    for (const card of this.cards) {
      const chart = this.charts.get(card.dataset.chart);
      const usesTokens = this.view.x === "tokens" && names.includes("train/tokens_seen");
      if (usesTokens || chart.series.some(({ name }) => names.includes(name))) this.dirty.add(card);
    }
    this.#schedule();
  }

  touchAll() {
    for (const card of this.cards) this.dirty.add(card);
    this.#schedule();
  }

  setView(view) {
    if (view.x !== this.view.x) this.range = null;
    this.view = view;
    this.touchAll();
  }

  // A chart without a point is not shown; its name stands in a line below the others.
  #reveal() {
    const empty = this.cards.filter((card) => "emptyChart" in card.dataset);
    for (const card of empty) {
      const { series } = this.charts.get(card.dataset.chart);
      if (series.some(({ name }) => this.store.get(name)?.x.length)) delete card.dataset.emptyChart;
    }
    const left = empty.filter((card) => "emptyChart" in card.dataset);
    this.noData.hidden = !left.length;
    const titles = left.map((card) => this.charts.get(card.dataset.chart).title);
    this.noData.querySelector("[data-no-data-names]").textContent = titles.join(", ");
  }

  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.visible.add(target);
      else this.visible.delete(target);
    }
    this.#schedule();
  }

  #schedule() {
    if (this.timer || !window.Plotly) return;
    const wait = Math.max(0, REDRAW_MS - (performance.now() - (this.drawnAt ?? -REDRAW_MS)));
    this.timer = setTimeout(() => requestAnimationFrame(() => this.#drawDirty()), wait);
  }

  #drawDirty() {
    this.timer = undefined;
    this.drawnAt = performance.now();
    for (const card of this.cards) {
      if (!this.dirty.has(card) || !this.visible.has(card)) continue;
      this.dirty.delete(card);
      this.#draw(card);
    }
  }

  #draw(card) {
    const chart = this.charts.get(card.dataset.chart);
    const place = card.querySelector("[data-plot]");
    const startedAt = this.#startedAt();
    const traces = tracesOf(chart, this.store, this.view, startedAt);
    if (!traces.length) return;
    if (!card.dataset.drawn) place.replaceChildren();
    window.Plotly.react(place, traces, layoutOf(chart, this.view, this.range), CONFIG);
    place.setAttribute("aria-label", `${chart.title}: ${summaryOf(chart, this.store)}`);
    if (!card.dataset.drawn) place.on("plotly_relayout", (change) => this.#zoomed(change));
    card.dataset.drawn = "yes";
    this.#caption(card, chart);
    if (card.dataset.table) fillTable(card.querySelector("[data-table]"), chart, this.store);
  }

  #caption(card, chart) {
    const series = this.store.get(chart.series[0].name);
    const isBucketed = series && series.numRecords > series.x.length;
    const [shown, all] = [series?.x.length, series?.numRecords].map((num) => num?.toLocaleString("en-US"));
    card.querySelector("[data-shown]").textContent = isBucketed ? `${shown} / ${all} ${this.words.points}` : "";
  }

  #startedAt() {
    const firsts = [...this.store.series.values()].flatMap((series) => series.time.slice(0, 1));
    return firsts.length ? Math.min(...firsts) : 0;
  }

  #zoomed(change) {
    const { "xaxis.range[0]": from, "xaxis.range[1]": to, "xaxis.autorange": isWhole } = change;
    if (isWhole) this.range = null;
    else if (from !== undefined) this.range = [from, to];
    else return;
    this.touchAll();
  }

  #bindTable(card) {
    const button = card.querySelector("[data-table-button]");
    button.hidden = false;
    button.addEventListener("click", () => {
      const isOpen = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!isOpen));
      card.querySelector("[data-table]").hidden = isOpen;
      if (isOpen) delete card.dataset.table;
      else card.dataset.table = "open";
      fillTable(card.querySelector("[data-table]"), this.charts.get(card.dataset.chart), this.store);
    });
  }
}
