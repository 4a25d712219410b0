// While the server draws a form again, one goes on typing. What was typed since the form was sent is
// put into the new form, where the field is still there.

const LISTENS = "[data-reshapes], [hx-trigger='change'], .rule > [type=checkbox]";

// `form` is a selector of the form; `drawn` the id of the element that is drawn again.
export function keepTyped({ form, drawn }) {
  let typed = new Map();
  const remember = ({ target }) => {
    if (!target.id || !target.form?.matches(form)) return;
    typed.set(target.id, ["checkbox", "radio"].includes(target.type) ? { checked: target.checked } : { value: target.value });
  };
  document.addEventListener("input", remember);
  document.addEventListener("change", remember);
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    // All that was typed before goes with this request; a check alone draws nothing.
    const isDrawn = detail.target?.id === drawn && detail.elt.getAttribute("hx-swap") !== "none";
    if (isDrawn) typed = new Map();
  });
  // Only now does the new form hear that something is typed into it.
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target?.id === drawn) typeAgain([...typed]);
  });
}

function typeAgain(late) {
  for (const [id, said] of late) {
    const field = document.getElementById(id);
    if (!field || Object.entries(said).every(([name, value]) => field[name] === value)) continue;
    Object.assign(field, said);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (field.matches(LISTENS)) field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
