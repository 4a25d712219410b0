// Copy buttons; hidden until a script can serve them. The clipboard needs https or localhost.
const SHOWN_MS = 2000;

export function bindCopyButtons(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  const [label, done] = ["[data-copy-label]", "[data-copy-done]"].map((name) => button.querySelector(name));
  label.hidden = true;
  done.hidden = false;
  setTimeout(() => {
    label.hidden = false;
    done.hidden = true;
  }, SHOWN_MS);
}
