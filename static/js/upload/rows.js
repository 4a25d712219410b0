// The line of one chosen file on the upload page: its name, a bar, and what is said of it.
import { formatBytes } from "../runs/numbers.js";

export class FileRow {
  constructor(list, template, file) {
    this.item = template.content.firstElementChild.cloneNode(true);
    [this.note, this.bar] = ["[data-note]", "progress"].map((at) => this.item.querySelector(at));
    this.size = file.size;
    this.item.querySelector("[data-name]").textContent = file.name;
    this.bar.setAttribute("aria-label", file.name);
    list.append(this.item);
  }

  tell(said) {
    this.note.textContent = said;
  }

  progress(offset) {
    this.bar.value = this.size ? offset / this.size : 1;
    this.tell(`${formatBytes(offset)} / ${formatBytes(this.size)}`);
  }

  done(said) {
    this.#end("done", `${said} · ${formatBytes(this.size)}`);
  }

  refuse(said) {
    this.#end("refused", said);
  }

  skip(said) {
    this.#end("skipped", said);
  }

  #end(state, said) {
    this.item.dataset.state = state;
    this.tell(said);
  }
}
