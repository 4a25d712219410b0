// What was filled in is kept in this browser until the job was started: for a session that has
// ended, a server that was away, a tab that was closed.
const WAIT_MS = 300;
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "yaml_file"]);

function place() {
  return `draft:${location.pathname}${location.search}`;
}

function entriesOf(form) {
  return [...new FormData(form)].filter(([name, value]) => !NOT_KEPT.has(name) && typeof value === "string");
}

function told(entries) {
  return JSON.stringify(entries.filter(([name]) => name !== "key" && name !== "shown"));
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(place()));
  } catch {
    return null;
  }
}

function wasStarted(form, kept) {
  const key = kept.entries.find(([name]) => name === "key")?.[1];
  return document.cookie.split("; ").includes(`${form.dataset.cookie}=${key}`);
}

// Going back from what was started, one wants the form as it was; its key is still the same.
function cameBack() {
  return performance.getEntriesByType("navigation")[0]?.type === "back_forward";
}

export function keepForm(form) {
  let timer = 0;
  document.addEventListener("input", (event) => {
    if (!event.target.form?.matches("[data-builder]")) return;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT_MS);
  });
  addEventListener("pagehide", () => {
    if (timer) save();
  });
  offer(form);
}

export function save() {
  const form = document.querySelector("[data-builder]");
  try {
    localStorage.setItem(place(), JSON.stringify({ at: Date.now(), entries: entriesOf(form) }));
  } catch {
    // No room, or storage is switched off: the form itself still holds everything.
  }
}

function offer(form) {
  const kept = read();
  if (!kept) return;
  const isDone = wasStarted(form, kept) && !cameBack();
  if (isDone || told(kept.entries) === told(entriesOf(form))) {
    localStorage.removeItem(place());
    return;
  }
  if ("posted" in form.dataset) return;
  const notice = document.querySelector("[data-kept]");
  notice.querySelector("[data-kept-at]").textContent = new Date(kept.at).toLocaleString();
  notice.hidden = false;
  notice.querySelector("[data-restore]").addEventListener("click", () => restore(form, kept.entries));
  notice.querySelector("[data-discard]").addEventListener("click", () => {
    localStorage.removeItem(place());
    notice.hidden = true;
  });
}

// The server draws the form again from what was kept: its fields may be others than those here.
function restore(form, entries) {
  const sent = document.createElement("form");
  sent.method = "post";
  sent.action = form.getAttribute("action");
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  for (const [name, value] of [...entries, ["csrfmiddlewaretoken", token], ["show", "1"]]) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    sent.append(field);
  }
  sent.hidden = true;
  document.body.append(sent);
  sent.submit();
}
