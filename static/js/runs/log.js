// The live log: follows its end until the reader scrolls up, then counts what is new.

const MOST_LINES = 2_000;
const NEAR_END_PX = 24;
const COLOUR = /\x1b\[[0-9;?]*[A-Za-z]/g;

export class LogView {
  constructor(frame) {
    this.place = frame.querySelector("[data-log]");
    this.button = frame.querySelector("[data-follow]");
    this.empty = document.querySelector("[data-no-log]");
    this.follows = true;
    this.numNew = 0;
    this.rest = "";
    this.#toEnd();
    this.place.addEventListener("scroll", () => this.#scrolled());
    this.button.addEventListener("click", () => {
      this.follows = true;
      this.#toEnd();
      this.place.focus();
    });
  }

  // `end` is the byte of the log behind the text.
  append(text, end) {
    if (!text) return;
    const lines = (this.rest + text).split("\n");
    let at = end - numBytes(this.rest + text);
    this.rest = lines.pop();
    const elements = lines.map((line) => {
      // A progress bar redraws its line: only the last state of it is kept.
      const element = lineElement(line.split("\r").filter(Boolean).at(-1) ?? "");
      if (this.place.dataset.log) element.prepend(linkElement(this.place.dataset, at));
      at += numBytes(line) + 1;
      return element;
    });
    this.place.append(...elements);
    while (this.place.childElementCount > MOST_LINES) this.place.firstElementChild.remove();
    this.empty.hidden = true;
    if (this.follows) this.#toEnd();
    else this.#count(elements.length);
  }

  #toEnd() {
    this.place.scrollTop = this.place.scrollHeight;
    this.numNew = 0;
    this.button.hidden = true;
  }

  #count(num) {
    this.numNew += num;
    this.button.hidden = this.numNew === 0;
    this.button.querySelector("[data-follow-count]").textContent = this.numNew.toLocaleString("en-US");
  }

  #scrolled() {
    const left = this.place.scrollHeight - this.place.scrollTop - this.place.clientHeight;
    this.follows = left < NEAR_END_PX;
    if (this.follows) this.#toEnd();
  }
}

function numBytes(text) {
  return new TextEncoder().encode(text).length;
}

function linkElement({ log, linkLabel }, at) {
  const link = document.createElement("a");
  link.className = "log__at";
  link.href = `${log}?at=${at}#L${at}`;
  link.setAttribute("aria-label", linkLabel);
  return link;
}

// Colours of a terminal are left out, as the server does.
function lineElement(text) {
  const shown = text.replace(COLOUR, "");
  const line = document.createElement("div");
  line.className = "log__line";
  if (/\b(error|traceback|exception|critical|fatal)\b/i.test(shown)) line.classList.add("log__line--error");
  else if (/\bwarn(ing)?\b/i.test(shown)) line.classList.add("log__line--warning");
  line.textContent = shown;
  return line;
}
