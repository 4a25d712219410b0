// An answer that is none (a login page, an error) must not take the place of what is drawn here.

export function keepUnlessReached(drawn) {
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.elt?.closest?.(`#${drawn}`)) return;
    const { xhr } = event.detail;
    const isOurs = xhr.status < 400 && xhr.responseText.includes(`id="${drawn}"`);
    tell(!isOurs);
    if (isOurs) return;
    Object.assign(event.detail, { shouldSwap: false, isError: false });
    event.preventDefault();
  });
  document.addEventListener("htmx:sendError", ({ detail }) => {
    if (detail.elt?.closest?.(`#${drawn}`)) tell(true);
  });
}

function tell(isShown) {
  document.querySelector("[data-unreached]").hidden = !isShown;
}
