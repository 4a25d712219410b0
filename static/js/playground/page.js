// A session of the playground: one prompt to every model, their text as it comes.
import { Column } from "./column.js";
import { Connection } from "./connection.js";

const root = document.querySelector("[data-session]");
const words = JSON.parse(root.dataset.words);
const form = root.querySelector("[data-ask]");
const [send, stop] = [form.querySelector("[data-send]"), form.querySelector("[data-stop]")];
const columns = [...root.querySelectorAll("[data-answer]")].map((node) => new Column(node, words));
const connection = new Connection(root.dataset.socket, hear, lost);
const prompt = form.elements.prompt;
const NUMBERS = ["temperature", "top_p", "seed", "max_new_tokens"];
// Answers are told by the number of their question; those of an older one are not shown any more.
let asked = 0;
// What a conversation was asked last: it comes back into the field when there is no answer to it.
let typed = "";

function isReady() {
  return root.querySelector("[data-session-state]").dataset.sessionState === "ready";
}

function show() {
  const isBusy = columns.some((column) => column.isBusy);
  stop.hidden = !isBusy;
  send.disabled = isBusy || !isReady();
}

function ask() {
  if (send.disabled || !form.reportValidity()) return;
  form.querySelector("[data-alert]").textContent = "";
  const isChat = form.elements.mode?.value === "chat";
  const settings = Object.fromEntries(NUMBERS.map((name) => [name, Number(form.elements[name].value)]));
  const text = prompt.value;
  if (isChat && !text.trim()) return;
  asked += columns.length;
  const messages = columns.map((column, model) => {
    column.begin(text, isChat);
    const question = isChat ? { turns: column.turns } : { prompt: text };
    return { type: "ask", id: asked + model, model, ...question, ...settings };
  });
  typed = isChat ? text : "";
  if (isChat) prompt.value = "";
  show();
  connection.send(...messages);
}

function hear(message) {
  if (message.type === "refused") {
    lost(message.message);
    return;
  }
  const column = columns[message.id - asked];
  if (!column) return;
  if (message.type === "text") column.add(message.text);
  else if (message.type === "done") column.done(message);
  else fail([column], message.message);
  if (message.type !== "text") show();
}

function lost(sentence = words.lost) {
  fail(columns, sentence);
  show();
}

function fail(failed, sentence) {
  if (!prompt.value && failed.some((column) => column.isBusy)) prompt.value = typed;
  for (const column of failed) column.failed(sentence);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});
prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  ask();
});
stop.addEventListener("click", () => {
  connection.send({ type: "stop" });
  for (const column of columns) column.stopped();
  // What is under way of this answer comes too late.
  asked += columns.length;
  show();
});
form.querySelector("[data-forget]")?.addEventListener("click", () => {
  for (const column of columns) column.forget();
  prompt.focus();
});
// Models that can chat are known once they are loaded: the page is then made anew, if nothing is typed.
document.body.addEventListener("htmx:afterSwap", () => {
  show();
  if (isReady() && !prompt.value) location.reload();
});
show();
