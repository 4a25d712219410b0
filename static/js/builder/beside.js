// Puts each finding of the summary beside its field too, as the server does when it draws the form.

export function placeFindings() {
  for (const place of document.querySelectorAll("[data-said]")) place.replaceChildren();
  for (const field of document.querySelectorAll("#builder-form [aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const finding of document.querySelectorAll("#findings [data-at]")) {
    const control = document.getElementById(finding.dataset.at);
    const place = control?.closest(".field")?.querySelector("[data-said]");
    const said = finding.querySelector("p");
    if (!place || !said) continue;
    const copy = said.cloneNode(true);
    place.append(copy);
    globalThis.htmx?.process(copy);
    if (!("doubt" in finding.dataset)) control.setAttribute("aria-invalid", "true");
  }
}
