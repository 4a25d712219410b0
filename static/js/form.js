// Forms marked data-form are sent once: a double click does not start two jobs.
// A form marked data-submit-on-change needs no button; without script the button is there.

export function bindForms(root) {
  for (const form of root.querySelectorAll("form[data-form]")) bindForm(form);
}

function bindForm(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  if ("submitOnChange" in form.dataset) {
    for (const button of form.querySelectorAll("[data-fallback]")) button.hidden = true;
    form.addEventListener("change", () => form.requestSubmit());
  }
}

// A page that comes back from the back-forward cache may send its forms again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});
