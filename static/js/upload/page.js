// The upload page: what is chosen or dropped is sent at once, a few files at a time.
import { formatCount } from "../runs/numbers.js";
import { Batch } from "./batch.js";
import { takeDrops } from "./dropping.js";
import { chosenFiles } from "./folders.js";
import { Rate } from "./rate.js";
import { Refused, Unreachable } from "./request.js";
import { speedOf } from "./rows.js";
import { Unreadable } from "./send.js";
import { OPEN, Queue } from "./transfer.js";

const AT_A_TIME = 3;
const REDRAW_MS = 250;
// No room now, or a file that was spoilt on the server: the same files may do a little later.
const MAY_TRY_AGAIN = [413, 422, 507];

const root = document.querySelector("[data-upload]");
const at = (name) => root.querySelector(`[data-${name}]`);
const [zone, again, overall, alertBox] = ["zone", "again", "overall", "alert"].map(at);
const inputs = [...root.querySelectorAll("input[type=file]")];
const rate = new Rate();
let numBatches = 0;
let next = root.dataset.next;
let drawing = 0;

const page = {
  list: at("files"),
  template: at("file-template"),
  words: JSON.parse(root.dataset.words),
  chunkBytes: Number(root.dataset.chunkBytes),
  startAddress: root.dataset.start,
  finishAddress: root.dataset.finish,
  fileAddress: root.dataset.file,
  queue: new Queue(AT_A_TIME),
  transfers: [],
  say,
  sentenceOf,
  tellWait: (error) => say("info", sentenceOf(error)),
  failed: (error) => say("error", sentenceOf(error)),
  // It goes on here; the list of interrupted uploads need not name it any more.
  found: (upload) => showUnfinished(false, `="${upload.id}"`),
  moved() {
    drawing ||= setTimeout(draw, REDRAW_MS);
  },
};

for (const input of inputs) {
  input.addEventListener("change", () => takeChosen(input));
  // Chosen before this script had loaded, or put back by the browser.
  if (input.files.length) takeChosen(input);
}
again.addEventListener("click", () => take(again.files));
// Lines of what was sent stay, also when nothing more is under way.
takeDrops(root, zone, () => numBatches || page.list.children.length, take);
at("pause-all").addEventListener("click", () => page.transfers.forEach((one) => one.pause()));
at("resume-all").addEventListener("click", () => page.transfers.forEach((one) => one.resume()));
at("cancel-all").addEventListener("click", () => page.transfers.forEach((one) => one.cancel()));
addEventListener("beforeunload", (event) => {
  if (numBatches) event.preventDefault();
});

function takeChosen(input) {
  const files = chosenFiles(input.files);
  input.value = "";
  take(files);
}

async function take(files) {
  if (!files.length) return;
  numBatches += 1;
  again.hidden = true;
  say("", "");
  let finished = null;
  try {
    finished = await new Batch(page).send(files);
  } catch (error) {
    say("error", sentenceOf(error));
    // What is missing of it, and the button that discards it, are wanted again.
    showUnfinished(true);
    again.files = files;
    again.hidden = !(error instanceof Refused && MAY_TRY_AGAIN.includes(error.status));
  }
  numBatches -= 1;
  // What was not taken stands on the page of the upload, with the reasons.
  if (finished?.files.some((file) => file.refused)) next = root.dataset.told.replace("ID", finished.id);
  if (finished?.holds_model) offer("model", finished);
  else if (finished?.holds_tokenizer) offer("tokenizer", finished);
  else if (finished?.holds_examples) offer("examples", finished);
  else if (finished && !numBatches && !isOffered()) location.assign(next);
}

// What is no text waits for a click: rows become a task set, weights are imported.
function offer(kind, upload) {
  say("", "");
  at(`${kind}-link`).href = root.dataset[kind].replace("ID", upload.artifact);
  at(`${kind}-found`).hidden = false;
}

function isOffered() {
  return ["examples", "model", "tokenizer"].some((kind) => !at(`${kind}-found`).hidden);
}

function showUnfinished(isShown, which = "") {
  for (const group of document.querySelectorAll(`[data-unfinished${which}]`)) group.hidden = !isShown;
}

function draw() {
  drawing = 0;
  const open = page.transfers.filter((one) => OPEN.includes(one.state));
  const size = page.transfers.reduce((sum, one) => sum + one.known.num_bytes, 0);
  const sent = page.transfers.reduce((sum, one) => sum + one.sent, 0);
  const isSending = open.some((one) => one.state === "sending");
  if (isSending) rate.add(sent);
  else rate.restart();
  overall.hidden = page.transfers.length < 2 || !open.length;
  at("overall-bar").value = size ? sent / size : 1;
  const counted = `${formatCount(page.transfers.length - open.length)} / ${formatCount(page.transfers.length)}`;
  at("overall-text").textContent = `${page.words.files} ${counted} · ${speedOf(sent, size, rate, page.words)}`;
  const mayPause = open.some((one) => one.state === "waiting" || one.state === "sending");
  at("pause-all").hidden = !mayPause;
  at("resume-all").hidden = mayPause;
  if (isSending) page.moved();
}

function sentenceOf(error) {
  if (error instanceof Unreachable) return page.words.waiting;
  if (error instanceof Unreadable) return page.words.unreadable;
  return error.message;
}

function say(kind, message) {
  alertBox.hidden = !message;
  alertBox.className = `alert alert--${kind || "info"}`;
  alertBox.querySelector("p").textContent = message;
}
