// The upload page: files chosen or dropped are sent at once, one after the other.
import { FileRow } from "./rows.js";
import { callApi, identityOf, Refused, sendFile, Unreachable, Unreadable } from "./send.js";

const root = document.querySelector("[data-upload]");
const { start, finish, file: fileAddress, next, words } = root.dataset;
const text = JSON.parse(words);
const chunkBytes = Number(root.dataset.chunkBytes);
const input = root.querySelector("input[type=file]");
const zone = root.querySelector("[data-zone]");
const list = root.querySelector("[data-files]");
const template = root.querySelector("[data-file-template]");
const alertBox = root.querySelector("[data-alert]");
const again = root.querySelector("[data-again]");
// No room now, or a file that was spoilt on the server: the same files may do a little later.
const MAY_TRY_AGAIN = [413, 422, 507];
let busy = false;

input.addEventListener("change", () => take([...input.files]));
// Chosen before this script had loaded, or put back by the browser.
if (input.files.length) take([...input.files]);
again.addEventListener("click", () => take(again.files));
for (const kind of ["dragover", "dragenter"]) zone.addEventListener(kind, (event) => hover(event, true));
zone.addEventListener("dragleave", (event) => hover(event, false));
zone.addEventListener("drop", (event) => {
  hover(event, false);
  take([...event.dataTransfer.files]);
});
addEventListener("beforeunload", (event) => {
  if (busy) event.preventDefault();
});

function hover(event, isOver) {
  event.preventDefault();
  zone.toggleAttribute("data-over", isOver);
}

async function take(files) {
  if (busy || !files.length) return;
  busy = true;
  [input.disabled, again.hidden, again.files] = [true, true, files];
  say("", "");
  try {
    await sendAll(files);
  } catch (error) {
    say("error", sentenceOf(error));
    again.hidden = !(error instanceof Refused && MAY_TRY_AGAIN.includes(error.status));
  }
  [busy, input.disabled, input.value] = [false, false, ""];
}

async function sendAll(files) {
  const chosen = await identified(files);
  const upload = await begin(chosen);
  let numTaken = 0;
  for (const one of chosen) {
    const known = upload.files.find((row) => isSame(row, one.identity));
    if (await sendOne(one, known)) numTaken += 1;
  }
  if (!numTaken) throw new Error(text.nothing);
  say("info", text.checking);
  await callApi(finish.replace("ID", upload.id), "POST", { starts_reading: true }, tellWait);
  busy = false;
  location.assign(next);
}

// Each file once, with its line on the page; one that was chosen twice is told so.
async function identified(files) {
  const rows = files.map((file) => new FileRow(list, template, file));
  const chosen = new Map();
  for (const [index, file] of files.entries()) {
    rows[index].tell(text.looking);
    const identity = await identityOf(file, chunkBytes).catch((error) => {
      rows[index].refuse(sentenceOf(error));
      throw error;
    });
    const key = JSON.stringify(identity);
    if (chosen.has(key)) rows[index].skip(text.twice);
    else chosen.set(key, { file, identity, row: rows[index] });
  }
  return [...chosen.values()];
}

// Reasons stand at their files; the sentence above them says only that there are some.
async function begin(chosen) {
  try {
    const upload = await callApi(start, "POST", { files: chosen.map(({ identity }) => identity) }, tellWait);
    say("", "");
    return upload;
  } catch (error) {
    const fields = error.body?.extra?.fields ?? {};
    chosen.forEach(({ row }, index) => row.refuse(fields[`files.${index}`]?.join(" ") ?? text.not_sent));
    if (Object.keys(fields).some((name) => name.startsWith("files."))) throw new Error(text.nothing);
    throw error;
  }
}

async function sendOne({ file, row }, known) {
  if (known.refused) {
    row.refuse(known.refused);
    return false;
  }
  row.progress(known.offset);
  if (known.offset) row.tell(text.resumed);
  try {
    await sendFile(file, known, {
      address: fileAddress.replace("ID", known.id),
      chunkBytes,
      onProgress: (offset) => row.progress(offset),
      onWait: (error) => row.tell(sentenceOf(error)),
    });
  } catch (error) {
    row.refuse(sentenceOf(error));
    if (error.status !== 415) throw error;
    return false;
  }
  row.done(text.arrived);
  return true;
}

function isSame(known, identity) {
  return ["name", "num_bytes", "modified_ms", "first_sha256", "last_sha256"].every((key) => known[key] === identity[key]);
}

function tellWait(error) {
  say("info", sentenceOf(error));
}

function sentenceOf(error) {
  if (error instanceof Unreachable) return text.waiting;
  if (error instanceof Unreadable) return text.unreadable;
  return error.message;
}

function say(kind, message) {
  alertBox.hidden = !message;
  alertBox.className = `alert alert--${kind || "info"}`;
  alertBox.querySelector("p").textContent = message;
}
