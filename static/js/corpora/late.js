// A button that is pressed while the form is drawn again stands in a form that is about to go: it is
// pressed again in the new one, so that two quick presses both count.

export function pressLateButtons(drawn) {
  let isDrawing = false;
  let late = "";
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target?.id === drawn && detail.elt.getAttribute("hx-swap") !== "none") isDrawing = true;
  });
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.(`#${drawn} button[id]`);
      if (!isDrawing || !button) return;
      event.preventDefault();
      event.stopPropagation();
      late = button.id;
    },
    true,
  );
  for (const end of ["htmx:afterSettle", "htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(end, ({ detail }) => {
      if (detail.target?.id !== drawn) return;
      isDrawing = false;
      const button = document.getElementById(late);
      late = "";
      button?.click();
    });
  }
}
