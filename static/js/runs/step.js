// What the model read at a step, beside the charts: the server's page of it, in a dialog.

const SHOWN = "[data-step-part]";

export async function openStep(step) {
  const dialog = document.querySelector("[data-step-dialog]");
  if (!dialog) return;
  await show(dialog, `${dialog.dataset.address}?step=${step}`);
  if (dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[data-step-close]").focus();
}

async function show(dialog, address) {
  const body = dialog.querySelector("[data-step-body]");
  body.setAttribute("aria-busy", "true");
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.querySelector(SHOWN);
  if (!part) location.assign(address);
  else body.replaceChildren(...part.childNodes);
  body.removeAttribute("aria-busy");
}

// A link elsewhere on the page that names a step opens it here.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-step-open]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  openStep(link.dataset.stepOpen);
});

// Links and the form for another step stay within the dialog.
for (const dialog of document.querySelectorAll("[data-step-dialog]")) {
  dialog.querySelector("[data-step-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-step-link]");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    show(dialog, link.href);
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    show(dialog, `${event.target.action}?${new URLSearchParams(new FormData(event.target))}`);
  });
}
