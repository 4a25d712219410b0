// The upload page: files chosen or dropped are sent at once, one after the other.
import { formatBytes } from "../runs/numbers.js";
import { callApi, identityOf, Refused, sendFile } from "./send.js";

const root = document.querySelector("[data-upload]");
const { start, finish, file: fileAddress, next, words } = root.dataset;
const text = JSON.parse(words);
const chunkBytes = Number(root.dataset.chunkBytes);
const input = root.querySelector("input[type=file]");
const zone = root.querySelector("[data-zone]");
const list = root.querySelector("[data-files]");
const alertBox = root.querySelector("[data-alert]");
const again = root.querySelector("[data-again]");
let busy = false;

input.addEventListener("change", () => take([...input.files]));
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
  const rows = files.map(addRow);
  try {
    await sendAll(files, rows);
  } catch (error) {
    say("error", error.message);
    again.hidden = !(error instanceof Refused && [507, 413].includes(error.status));
  }
  [busy, input.disabled, input.value] = [false, false, ""];
}

async function sendAll(files, rows) {
  const identities = [];
  for (const [index, file] of files.entries()) {
    rows[index].tell(text.looking);
    identities.push(await identityOf(file, chunkBytes));
  }
  const upload = await begin(identities, rows);
  let numTaken = 0;
  for (const [index, file] of files.entries()) {
    const row = upload.files.find((known) => isSame(known, identities[index]));
    if (await sendOne(file, row, rows[index])) numTaken += 1;
  }
  if (!numTaken) throw new Error(text.nothing);
  say("info", text.checking);
  await callApi(finish.replace("ID", upload.id), "POST", { starts_reading: true });
  busy = false;
  location.assign(next);
}

// Reasons stand at their files; the sentence above them says only that there are some.
async function begin(identities, rows) {
  try {
    return await callApi(start, "POST", { files: identities });
  } catch (error) {
    const fields = error.body?.extra?.fields ?? {};
    rows.forEach((row, index) => row.refuse(fields[`files.${index}`]?.join(" ") ?? text.not_sent));
    if (Object.keys(fields).some((name) => name.startsWith("files."))) throw new Error(text.nothing);
    throw error;
  }
}

async function sendOne(file, known, row) {
  if (known.refused) {
    row.refuse(known.refused);
    return false;
  }
  if (known.offset) row.tell(text.resumed);
  row.progress(known.offset, file.size);
  try {
    await sendFile(file, known, {
      address: fileAddress.replace("ID", known.id),
      chunkBytes,
      onProgress: (offset) => row.progress(offset, file.size),
      onWait: () => row.tell(text.waiting),
    });
  } catch (error) {
    row.refuse(error.message);
    if (error.status !== 415) throw error;
    return false;
  }
  row.done();
  return true;
}

function isSame(known, identity) {
  return ["name", "num_bytes", "modified_ms", "first_sha256", "last_sha256"].every((key) => known[key] === identity[key]);
}

function addRow(file) {
  const item = root.querySelector("[data-file-template]").content.firstElementChild.cloneNode(true);
  const [name, note, bar] = ["[data-name]", "[data-note]", "progress"].map((at) => item.querySelector(at));
  name.textContent = file.name;
  bar.setAttribute("aria-label", file.name);
  list.append(item);
  return {
    tell: (said) => (note.textContent = said),
    progress(offset, size) {
      bar.value = size ? offset / size : 1;
      note.textContent = `${formatBytes(offset)} / ${formatBytes(size)}`;
    },
    done() {
      item.dataset.state = "done";
      note.textContent = `${text.arrived} · ${formatBytes(file.size)}`;
    },
    refuse(said) {
      item.dataset.state = "refused";
      note.textContent = said;
    },
  };
}

function say(kind, message) {
  alertBox.hidden = !message;
  alertBox.className = `alert alert--${kind || "info"}`;
  alertBox.querySelector("p").textContent = message;
}
