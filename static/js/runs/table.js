// A chart as a table: its newest points, for those who do not see the chart and to copy from.
import { TRANSFORMS, short } from "./traces.js";
import { words } from "./words.js";

const NUM_ROWS = 40;

export function bindTable(card, chart, store) {
  const button = card.querySelector("[data-table-button]");
  const place = card.querySelector("[data-table]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    place.hidden = isOpen;
    if (isOpen) delete card.dataset.table;
    else card.dataset.table = "open";
    fillTable(place, chart, store);
  });
}

export function fillTable(place, chart, store) {
  const rows = new Map();
  chart.series.forEach(({ name }, column) => {
    const series = store.shown(name);
    if (!series) return;
    for (let i = Math.max(0, series.x.length - NUM_ROWS); i < series.x.length; i += 1) {
      const row = rows.get(series.x[i]) ?? [];
      row[column] = TRANSFORMS[chart.transform](series.last[i]);
      rows.set(series.x[i], row);
    }
  });
  const steps = [...rows.keys()].sort((a, b) => b - a).slice(0, NUM_ROWS);
  const table = element("table", "table table--dense");
  table.append(element("caption", "visually-hidden", chart.title), head(chart), body(steps, rows, chart));
  place.replaceChildren(table);
}

function head(chart) {
  const row = element("tr");
  for (const text of [words.step, ...chart.series.map(({ label }) => label)]) {
    const cell = element("th", "is-number", text);
    cell.scope = "col";
    row.append(cell);
  }
  const part = element("thead");
  part.append(row);
  return part;
}

function body(steps, rows, chart) {
  const part = element("tbody");
  for (const step of steps) {
    const row = element("tr");
    const name = element("th", "is-number", step.toLocaleString("en-US"));
    name.scope = "row";
    const values = chart.series.map((_, column) => rows.get(step)[column]);
    row.append(name, ...values.map((value) => element("td", "is-number", value === undefined ? "" : short(value))));
    part.append(row);
  }
  return part;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
