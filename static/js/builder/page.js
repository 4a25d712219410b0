// The builder: htmx brings findings, plan and YAML while one types, and draws the form again after a
// button. This keeps what a swap would lose: open sections, the focus, what was typed.
import { bindCopyButtons } from "../copy.js";
import { keepTyped } from "../typed.js";
import { placeFindings } from "./beside.js";
import { keepForm, save } from "./kept.js";
import { takeTurns } from "./turns.js";

const OTHER = { fold: "unfold", unfold: "fold" };
const opened = new Map();
let pressed = null;

// On a phone a long form begins folded, but for what comes first and what is wrong.
const NARROW = "(max-width: 899px)";

function foldLong() {
  if (!matchMedia(NARROW).matches) return;
  for (const one of [...document.querySelectorAll("#builder [data-fold]")].slice(1)) {
    if (!one.querySelector(".field__error")) one.open = false;
  }
}

function begin() {
  for (const button of document.querySelectorAll("#builder [data-fallback]")) button.hidden = true;
}

function remember() {
  for (const one of document.querySelectorAll("#builder details[id]")) opened.set(one.id, one.open);
}

function reopen() {
  for (const [id, isOpen] of opened) {
    const one = document.getElementById(id);
    if (one) one.open = isOpen;
  }
}

function focusAgain() {
  if (!pressed) return;
  const { name, value } = pressed;
  pressed = null;
  const target = name === "set" ? document.getElementById(fixedField(value)) : sameButton(OTHER[name] ?? name, value);
  target?.focus();
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
  if (event.target.matches("[data-reshapes]")) document.querySelector("[data-show]").click();
});

// Any field that leads to a section that is folded opens it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('#builder a[href^="#"]');
  const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
  if (!field) return;
  event.preventDefault();
  field.closest("details")?.setAttribute("open", "");
  field.focus();
});

document.addEventListener("htmx:oobBeforeSwap", remember);
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target?.id === "plan") reopen();
  if (event.detail.target?.id === "findings") placeFindings();
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
  remember();
});

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "builder") return;
  begin();
  reopen();
  bindCopyButtons(document.getElementById("builder"));
  focusAgain();
  save();
});

document.addEventListener("htmx:sendError", (event) => {
  if (isOurs(event.detail)) refused();
});

begin();
foldLong();
keepTyped({ form: "[data-builder]", drawn: "builder" });
takeTurns({ live: "[data-live]", press });
keepForm(document.querySelector("[data-builder]"));
