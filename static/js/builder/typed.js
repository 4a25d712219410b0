// While the server draws the form again, one goes on typing. What was typed since the form was sent is
// put into the new form, where the field is still there.

let typed = new Map();

function remember({ target }) {
  if (!target.id || !target.form?.matches("[data-builder]")) return;
  typed.set(target.id, target.type === "checkbox" ? { checked: target.checked } : { value: target.value });
}

export function keepTyped() {
  document.addEventListener("input", remember);
  document.addEventListener("change", remember);
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    // All that was typed before goes with this request; a check alone draws nothing.
    const isDrawn = detail.target?.id === "builder" && detail.elt.getAttribute("hx-swap") !== "none";
    if (isDrawn) typed = new Map();
  });
}

export function typeAgain() {
  const late = [...typed];
  for (const [id, said] of late) {
    const field = document.getElementById(id);
    if (!field || Object.entries(said).every(([name, value]) => field[name] === value)) continue;
    Object.assign(field, said);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (field.matches("[data-reshapes]")) field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
