// The charts' toolbar: links, switches, smoothing, which charts, back to the whole range.
import { addressWith, choose, readView } from "./view.js";

export function bindToolbar(toolbar, onChange) {
  const axes = [...toolbar.querySelectorAll("[data-x-axis]")];
  const switches = [...toolbar.querySelectorAll("[data-switch]")];
  const slider = toolbar.querySelector("[data-smooth]");
  const boxes = [...toolbar.querySelectorAll("[data-chart-box]")];
  const whole = toolbar.querySelector("[data-whole]");
  for (const link of [...axes, ...switches, whole]) link?.addEventListener("click", follow);
  for (const one of switches) one.addEventListener("keydown", (event) => event.key === " " && follow(event));
  slider.addEventListener("input", () => choose({ smooth: slider.value === "0" ? null : slider.value }, { replaces: true }));
  for (const form of toolbar.querySelectorAll("[data-view-form]")) {
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of form.querySelectorAll("[data-plain-only]")) button.hidden = true;
  }
  for (const box of boxes) {
    box.addEventListener("change", () => {
      const on = boxes.filter(({ checked }) => checked).map(({ value }) => value);
      choose({ charts: on.length && on.length < boxes.length ? on.join(",") : null });
    });
  }
  addEventListener("popstate", apply);
  addEventListener("viewchange", apply);
  apply();

  function apply() {
    const view = readView();
    const chosen = axes.find(({ dataset }) => dataset.xAxis === view.x) ?? axes[0];
    for (const link of axes) {
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      link.href = addressWith({ x: link.dataset.xAxis, zoom: null });
    }
    const isOn = { log: view.isLog, logx: view.isLogX, minus: view.minus };
    for (const one of switches) {
      const name = one.dataset.switch;
      one.setAttribute("aria-checked", String(isOn[name]));
      one.href = addressWith({ [name]: isOn[name] ? null : "1" });
    }
    slider.value = view.smooth;
    slider.nextElementSibling.textContent = view.smooth.toFixed(2);
    for (const box of boxes) box.checked = !view.charts.size || view.charts.has(box.value);
    if (whole) {
      whole.hidden = !view.range;
      whole.href = addressWith({ zoom: null });
    }
    onChange({ ...view, x: chosen.dataset.xAxis, label: chosen.dataset.label });
  }
}

function follow(event) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", event.currentTarget.href);
  dispatchEvent(new Event("viewchange"));
}
