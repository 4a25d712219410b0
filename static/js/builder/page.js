// The builder: htmx brings findings, plan and YAML while one types, and draws the form again after a
// button. This keeps what a swap would lose: open sections, the focus, what was typed.
import { bindCopyButtons } from "../copy.js";
import { keepTyped } from "../typed.js";
import { placeFindings } from "./beside.js";
import { askWhenOpened, foldLong, openAround, openWrong, rememberFolds, reopenFolds } from "./folds.js";
import { keepForm, save } from "./kept.js";
import { takeTurns } from "./turns.js";

const OTHER = { fold: "unfold", unfold: "fold" };
let pressed = null;

function begin() {
  for (const button of document.querySelectorAll("#builder [data-fallback]")) button.hidden = true;
}

function show() {
  document.querySelector("[data-show]").click();
}

function focusAgain() {
  if (!pressed) return;
  const { name, value } = pressed;
  pressed = null;
  if (name === "field") return seek(value);
  const target = name === "set" ? document.getElementById(fixedField(value)) : sameButton(OTHER[name] ?? name, value);
  (target ?? document.getElementById(`g-${value}`))?.focus();
}

// False where the form does not hold the field.
function seek(id) {
  const field = document.getElementById(id);
  if (!field) return false;
  openAround(field);
  field.focus();
  return true;
}

function fixedField(text) {
  try {
    return JSON.parse(text)[0][0];
  } catch {
    return "";
  }
}

function sameButton(name, value) {
  return document.querySelector(`#builder button[name="${name}"][value="${CSS.escape(value)}"]`);
}

function press({ name, value }) {
  if (name !== "show") pressed = { name, value };
  sameButton(name, value)?.click();
}

function isOurs(detail) {
  return detail.elt?.closest?.("#builder");
}

function refused() {
  save();
  document.querySelector("[data-unreached]").hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#builder button[name]");
  // A field that reshapes the form presses the first button by script: the focus stays with it.
  if (button && event.isTrusted) pressed = { name: button.name, value: button.value };
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-reshapes]")) show();
});

// What leads to a field opens the section that it is in. Settings that were left out come with the
// next form: what is wrong is always in it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('#builder a[href^="#"]');
  if (!link) return;
  event.preventDefault();
  const id = decodeURIComponent(link.hash.slice(1));
  if (seek(id)) return;
  pressed = { name: "field", value: id };
  show();
});

document.addEventListener("htmx:oobBeforeSwap", rememberFolds);
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target?.id === "plan") {
    reopenFolds();
    foldLong();
  }
  if (event.detail.target?.id !== "findings") return;
  placeFindings();
  openWrong();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isOurs(event.detail)) return;
  const { xhr } = event.detail;
  // A login page, or an answer that is none: it must not take the form's place.
  if (xhr.status >= 400 || !xhr.responseText.includes('id="findings"')) {
    event.detail.shouldSwap = false;
    event.detail.isError = false;
    event.preventDefault();
    refused();
    return;
  }
  document.querySelector("[data-unreached]").hidden = true;
  rememberFolds();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "builder") return;
  begin();
  reopenFolds();
  bindCopyButtons(document.getElementById("builder"));
  focusAgain();
  save();
});

document.addEventListener("htmx:sendError", (event) => {
  if (isOurs(event.detail)) refused();
});

begin();
foldLong();
askWhenOpened(show);
keepTyped({ form: "[data-builder]", drawn: "builder" });
takeTurns({ live: "[data-live]", press });
keepForm(document.querySelector("[data-builder]"));
