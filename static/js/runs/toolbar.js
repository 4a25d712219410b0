// What the charts' toolbar chooses stands in the address: shared by a link, kept by reload and back.

export function bindToolbar(toolbar, onChange) {
  const axes = [...toolbar.querySelectorAll("[data-x-axis]")];
  const logSwitch = toolbar.querySelector("[data-log-switch]");
  for (const link of [...axes, logSwitch]) {
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      history.pushState(null, "", link.href);
      apply();
    });
  }
  logSwitch.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    logSwitch.click();
  });
  addEventListener("popstate", apply);
  apply();

  function apply() {
    const query = new URLSearchParams(location.search);
    const chosen = axes.find(({ dataset }) => dataset.xAxis === query.get("x")) ?? axes[0];
    const isLog = query.get("log") === "1";
    for (const link of axes) {
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      link.href = address({ x: link.dataset.xAxis });
    }
    logSwitch.setAttribute("aria-checked", String(isLog));
    logSwitch.href = address({ log: isLog ? null : "1" });
    onChange({ x: chosen.dataset.xAxis, label: chosen.dataset.label, isLog });
  }
}

function address(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  return `${location.pathname}?${query}`;
}
