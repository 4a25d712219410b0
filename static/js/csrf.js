// The token that unsafe requests of a script must carry. Its cookie is not readable by scripts; the
// top bar's forms hold it on every page.

export function csrfToken() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}
