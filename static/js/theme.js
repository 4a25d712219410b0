// The theme switch: applies the choice at once and saves it in the profile.
// Charts listen to the "themechange" event on <html> and take their colours from the tokens anew.

export function bindThemeSwitch(root) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => tell("system"));
  const form = root.querySelector("[data-theme-switch]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    applyTheme(data.get("theme"));
    save(form, data);
    form.querySelector(`.theme-switch__${data.get("theme")}`)?.focus();
  });
}

export function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
  tell(theme);
}

function tell(theme) {
  document.documentElement.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
}

// The value of a colour token as the browser computes it for the theme in force.
export function tokenColor(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

async function save(form, data) {
  const headers = { "X-Requested-With": "fetch" };
  const answer = await fetch(form.action, { method: "POST", body: data, headers });
  if (!answer.ok) form.submit();
}
