// Sections that fold, of the builder and the designer. Drawn open, so nothing needs this script; on a
// narrow screen they begin folded, unless something in them is wrong, awaited, or led to.

const NARROW = "(max-width: 899px)";
const LONG_SCREENS = 2;
const opened = new Map();
let wrong = new Set();

// All that is new in the page since it was last remembered.
export function foldLong() {
  wrong = wrongOnes();
  if (!matchMedia(NARROW).matches) return;
  if (document.getElementById("builder").offsetHeight < LONG_SCREENS * innerHeight) return;
  for (const one of document.querySelectorAll("#builder [data-fold]")) {
    if (!opened.has(one.id) && !one.querySelector(".field__error, .field__awaited, :target")) one.open = false;
  }
}

export function rememberFolds() {
  for (const one of document.querySelectorAll("#builder details[id]")) opened.set(one.id, one.open);
}

export function reopenFolds() {
  for (const [id, isOpen] of opened) {
    const one = document.getElementById(id);
    // What the server has left out comes when somebody opens it, not by itself.
    if (one && !one.querySelector("[data-unfold]")) one.open = isOpen;
  }
  openWrong();
}

// Only what has become wrong: a section that somebody closes over a problem stays closed.
export function openWrong() {
  const now = wrongOnes();
  for (const id of now) if (!wrong.has(id)) document.getElementById(id).open = true;
  wrong = now;
}

// A field that is led to is seen.
export function openAround(element) {
  for (let one = element.closest("details"); one; one = one.parentElement.closest("details")) one.open = true;
}

// A section whose settings the server has left out asks for them when it is opened; one that is closed
// over changes is drawn again, for its title tells what is set in it.
export function askWhenOpened(show) {
  document.addEventListener(
    "toggle",
    ({ target }) => {
      if (!target.matches?.("#builder [data-fold]")) return;
      if (target.open) target.querySelector("[data-unfold]")?.click();
      else if (isChanged(target)) show();
    },
    true,
  );
}

function wrongOnes() {
  const found = document.querySelectorAll("#builder .fold:has(.field__error)");
  return new Set([...found].map((one) => one.id));
}

function isChanged(section) {
  return [...section.querySelectorAll("input, select, textarea")].some((field) => {
    if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  });
}
