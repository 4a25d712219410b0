// A button that is pressed while the form is drawn again stands in a form that is about to go: it is
// pressed again in the new one, so that two quick presses both count.

export function pressLateButtons(drawn) {
  let old = null;
  let late = "";
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target?.id === drawn && detail.elt.getAttribute("hx-swap") !== "none") old = detail.target;
  });
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.(`#${drawn} button[id]`);
      if (!old || !button) return;
      event.preventDefault();
      event.stopPropagation();
      late = button.id;
    },
    true,
  );
  const press = () => {
    const button = document.getElementById(late);
    [old, late] = [null, ""];
    button?.click();
  };
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target?.id === drawn) press();
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    // Nothing was drawn, and what was to go is still there.
    if (detail.target?.id === drawn && old?.isConnected) press();
  });
}
