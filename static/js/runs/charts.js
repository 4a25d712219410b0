// The charts of a page: Plotly takes the place of the SVG once both it and the points are there.
// Only charts in view are drawn, twice a second at most. Zoom, axis and cursor are the same for all.
import { rangeFromAxis } from "./axis.js";
import { Cursor, axisOf, axisRange } from "./cursor.js";
import { Detail } from "./detail.js";
import { layoutOf } from "./layout.js";
import { Marks } from "./marks.js";
import { bindTable, fillTable } from "./table.js";
import { summaryOf, tracesOf } from "./traces.js";
import { choose } from "./view.js";

const REDRAW_MS = 500;
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "autosize" };

export class Charts {
  constructor(root, store, { sources, pick = () => {} }) {
    this.store = store;
    this.view = {};
    this.cards = [...root.querySelectorAll("[data-chart]")];
    this.words = root.dataset;
    this.noData = document.querySelector("[data-no-data]");
    this.charts = new Map(JSON.parse(root.dataset.charts).map((chart) => [chart.key, chart]));
    this.marks = new Marks(root.dataset);
    this.lines = new Map();
    this.dirty = new Set();
    this.visible = new Set();
    const drawn = [...this.charts.values()].flatMap(({ series }) => series.map(({ name }) => name));
    this.detail = new Detail(store, sources, drawn, () => this.touchAll());
    this.cursor = new Cursor(this, { pick, zoom: (range) => zoomTo(range) });
    const observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "120px" });
    for (const card of this.cards) {
      observer.observe(card);
      bindTable(card, this.charts.get(card.dataset.chart), store);
    }
    document.documentElement.addEventListener("themechange", () => this.touchAll());
    addEventListener("load", () => this.#schedule());
    // The legend stands elsewhere in a narrow chart.
    addEventListener("resize", () => this.touchAll());
  }

  touch(names) {
    this.#reveal();
    this.detail.want(this.view);
    for (const card of this.cards) {
      const chart = this.charts.get(card.dataset.chart);
      const usesTokens = this.view.x === "tokens" && names.some((name) => name.endsWith("train/tokens_seen"));
      if (usesTokens || chart.series.some(({ name }) => names.includes(name))) this.dirty.add(card);
    }
    this.#schedule();
  }

  touchAll() {
    for (const card of this.cards) this.dirty.add(card);
    this.#schedule();
  }

  setView(view) {
    this.view = view;
    for (const card of this.cards) card.hidden = view.charts.size > 0 && !view.charts.has(card.dataset.chart);
    this.detail.want(view);
    this.touchAll();
  }

  addMarks(events) {
    if (this.marks.add(events, this.store.newestStep)) this.touchAll();
  }

  longest(card) {
    const lines = this.lines.get(card) ?? [];
    return lines.reduce((best, line) => (!best || line.x.length > best.x.length ? line : best), undefined);
  }

  caption(card) {
    const series = this.store.shown(this.charts.get(card.dataset.chart).series[0].name);
    const isBucketed = series && series.numRecords > series.x.length;
    const [shown, all] = [series?.x.length, series?.numRecords].map((num) => num?.toLocaleString("en-US"));
    card.querySelector("[data-shown]").textContent = isBucketed ? `${shown} / ${all} ${this.words.points}` : "";
  }

  // A chart without a point is not shown; its name stands in a line below the others.
  #reveal() {
    const empty = this.cards.filter((card) => "emptyChart" in card.dataset);
    for (const card of empty) {
      const { series } = this.charts.get(card.dataset.chart);
      if (series.some(({ name }) => this.store.get(name)?.x.length)) delete card.dataset.emptyChart;
    }
    const left = empty.filter((card) => "emptyChart" in card.dataset);
    if (!this.noData) return;
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
    const { traces, lines } = tracesOf(chart, this.store, this.view);
    if (!traces.length) return;
    this.lines.set(card, lines);
    if (!card.dataset.drawn) place.replaceChildren();
    window.Plotly.react(place, traces, layoutOf(chart, this.view, this.marks.along(this.longest(card)), place.clientWidth), CONFIG);
    place.setAttribute("aria-label", `${chart.title}: ${summaryOf(chart, this.store)}`);
    if (!card.dataset.drawn) place.on("plotly_relayout", (change) => this.#zoomed(card, change));
    card.dataset.drawn = "yes";
    this.caption(card);
    if (card.dataset.table) fillTable(card.querySelector("[data-table]"), chart, this.store);
  }

  #zoomed(card, change) {
    if (change["xaxis.autorange"]) zoomTo(null);
    else if (change["xaxis.range[0]"] !== undefined) zoomTo(rangeFromAxis(axisRange(axisOf(card)), this.view));
  }
}

function zoomTo(range) {
  choose({ zoom: range && range.map((value) => Number(value.toPrecision(10))).join("~") });
}
