// The page of a corpus version: thresholds on the histogram follow the pointer and the keys.
// A handle only writes into its number input; the input asks the server, as when it is typed in.

import { keepTyped } from "../typed.js";
import { axisOf, rounded } from "./axis.js";
import { pressLateButtons } from "./late.js";
import { keepUnlessReached } from "./reached.js";

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };

let dragged = null;

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("[data-handle]");
  if (!handle) return;
  dragged = handle;
  handle.focus();
  event.preventDefault();
});

document.addEventListener("pointermove", (event) => {
  if (!dragged?.isConnected) return;
  const axis = axisOf(dragged);
  const box = dragged.ownerSVGElement.getBoundingClientRect();
  write(dragged, axis.value(((event.clientX - box.left) / box.width) * axis.width), axis);
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    dragged = null;
  });
}

document.addEventListener("keydown", (event) => {
  const handle = event.target.closest?.("[data-handle]");
  if (handle) step(handle, event);
  else if (event.key === "r" && !event.target.closest("input, textarea, select") && isPlain(event)) {
    document.querySelector("[data-shuffle]")?.click();
  }
});

// A rule is switched on or off: the form is sent as by its first button.
document.addEventListener("change", ({ target }) => {
  if (target.matches(".rule > [type=checkbox]")) target.form.requestSubmit();
});

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-threshold]")) return;
  const handle = handleOf(event.target.name);
  const value = Number(event.target.value);
  if (handle && event.target.value.trim() && Number.isFinite(value)) show(handle, value);
});

// On a narrow page the documents stand below the funnel: go there when a rule is chosen.
let isChoosing = false;
document.addEventListener("click", (event) => {
  if (event.target.closest("button")) isChoosing = Boolean(event.target.closest(".rule > button"));
});
document.addEventListener("htmx:afterSettle", () => {
  if (isChoosing && matchMedia("(max-width: 959px)").matches) {
    document.getElementById("detail-title").scrollIntoView();
  }
  isChoosing = false;
});

keepTyped({ form: "#workbench", drawn: "workbench" });
pressLateButtons("workbench");
keepUnlessReached("workbench");

function isPlain(event) {
  return !(event.ctrlKey || event.metaKey || event.altKey);
}

function step(handle, event) {
  const axis = axisOf(handle);
  const place = axis.place(Number(handle.getAttribute("aria-valuenow")));
  let value = null;
  if (event.key in STEPS) value = axis.value(place + (STEPS[event.key] * axis.width) / 200);
  if (event.key === "Home") value = 0;
  if (event.key === "End") value = axis.high;
  if (value === null) return;
  event.preventDefault();
  write(handle, value, axis);
}

function write(handle, value, axis) {
  const input = document.getElementsByName(handle.dataset.handle)[0];
  const text = String(rounded(value, axis));
  if (!input || input.value === text) return;
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function show(handle, value) {
  const axis = axisOf(handle);
  handle.setAttribute("transform", `translate(${axis.place(value)} 0)`);
  handle.setAttribute("aria-valuenow", value);
  const figure = handle.closest("[data-histogram]");
  const low = limit(figure, ".at_least", -Infinity);
  const high = limit(figure, ".at_most", Infinity);
  for (const bar of figure.querySelectorAll("[data-low]")) {
    const middle = (Number(bar.dataset.low) + Number(bar.dataset.high)) / 2;
    bar.classList.toggle("is-out", middle < low || middle > high);
  }
}

function limit(figure, ending, none) {
  const handle = figure.querySelector(`[data-handle$="${ending}"]`);
  return handle ? Number(handle.getAttribute("aria-valuenow")) : none;
}

function handleOf(name) {
  return document.querySelector(`[data-handle="${CSS.escape(name)}"]`);
}
