// The line of one chosen file on the upload page: name, bar, buttons, and what is said of it.
import { formatBytes, formatSeconds } from "../runs/numbers.js";

// Which buttons there are in which state.
const BUTTONS = {
  waiting: ["pause", "cancel"],
  sending: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  failed: ["retry", "cancel"],
};

export class FileRow {
  constructor(list, template, { file, name }, words) {
    this.item = template.content.firstElementChild.cloneNode(true);
    [this.note, this.bar] = ["[data-note]", "progress"].map((at) => this.item.querySelector(at));
    Object.assign(this, { size: file.size, words });
    this.item.querySelector("[data-name]").textContent = name;
    this.bar.setAttribute("aria-label", name);
    for (const button of this.item.querySelectorAll("button")) {
      button.append(Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` ${name}` }));
    }
    this.become("looking", words.looking);
    list.append(this.item);
  }

  bind({ pause, resume, cancel }) {
    const actions = { pause, resume, retry: resume, cancel };
    for (const [name, action] of Object.entries(actions)) {
      this.item.querySelector(`[data-do="${name}"]`).addEventListener("click", action);
    }
  }

  // Of the whole file, as the server has stored it.
  showDigest(sha256) {
    if (!sha256) return;
    const text = this.item.querySelector("[data-digest-text]");
    text.textContent = `${sha256.slice(0, 12)}…`;
    text.title = sha256;
    this.item.querySelector("[data-digest]").hidden = false;
    const button = this.item.querySelector('[data-do="copy"]');
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(sha256);
      button.textContent = this.words.copied;
    });
  }

  tell(said) {
    this.note.textContent = said;
  }

  become(state, said) {
    this.item.dataset.state = state;
    const shown = BUTTONS[state] ?? [];
    for (const button of this.item.querySelectorAll("button")) button.hidden = !shown.includes(button.dataset.do);
    if (state === "arrived") this.bar.value = 1;
    this.tell(state === "arrived" ? `${said} · ${formatBytes(this.size)}` : said);
  }

  progress(sent, rate) {
    this.bar.value = this.size ? sent / this.size : 1;
    if (rate) this.tell(speedOf(sent, this.size, rate, this.words));
  }
}

// "12.0 MB / 40.0 MB · 5.1 MB/s · 6 s left"
export function speedOf(sent, size, rate, words) {
  const parts = [`${formatBytes(sent)} / ${formatBytes(size)}`];
  const speed = rate.perSecond;
  if (speed > 0) {
    parts.push(`${formatBytes(speed)}/s`);
    if (sent < size) parts.push(words.left.replace("%s", formatSeconds(Math.ceil(rate.secondsLeft(size - sent)))));
  }
  return parts.join(" · ");
}
