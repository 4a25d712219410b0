// What of the charts the address chooses: shared by a link, kept by reload, undone by the back button.

export function readView() {
  const query = new URLSearchParams(location.search);
  const x = query.get("x") ?? "step";
  const [from, to] = (query.get("zoom") ?? "").split("~").map(Number);
  return {
    x,
    isLog: query.get("log") === "1",
    isLogX: query.get("logx") === "1" && x !== "wall",
    smooth: Math.min(0.99, Math.max(0, Number(query.get("smooth")) || 0)),
    range: from < to ? [from, to] : null,
    charts: new Set(query.getAll("charts").join(",").split(",").filter(Boolean)),
    minus: query.get("minus") === "1",
  };
}

// null takes a choice out of the address.
export function addressWith(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%7E", "~");
  return `${location.pathname}${text ? "?" : ""}${text}`;
}

export function choose(changes, { replaces = false } = {}) {
  history[replaces ? "replaceState" : "pushState"](null, "", addressWith(changes));
  dispatchEvent(new Event("viewchange"));
}
