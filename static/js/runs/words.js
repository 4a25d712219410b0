// The words that the scripts of a run page write, in the reader's language: the page brings them.

export const words = document.querySelector("[data-words]")?.dataset ?? {};

// A sentence of the page with its {places} filled.
export function said(name, values) {
  return words[name].replace(/\{(\w+)\}/g, (_place, key) => values[key]);
}
