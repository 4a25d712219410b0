// One model's column: what was asked, what it writes, what that cost.

export class Column {
  constructor(root, words) {
    this.words = words;
    this.talk = root.querySelector("[data-talk]");
    this.cost = root.querySelector("[data-cost]");
    this.turns = [];
  }

  get isBusy() {
    return Boolean(this.current);
  }

  // A prompt to continue stands before its continuation; a turn of a conversation above the answer.
  begin(prompt, isChat) {
    if (!isChat) this.talk.replaceChildren();
    this.cost.textContent = "";
    if (isChat) {
      this.turns.push({ role: "user", content: prompt });
      this.#line("answer__turn answer__turn--you").textContent = prompt;
    }
    this.current = this.#line("answer__turn");
    this.current.setAttribute("aria-busy", "true");
    if (!isChat) this.#span(prompt);
    [this.text, this.isChat] = ["", isChat];
    this.node = this.current.appendChild(document.createTextNode(""));
    this.#follow(true);
  }

  add(text) {
    if (!this.current) return;
    const isAtEnd = this.talk.scrollHeight - this.talk.scrollTop - this.talk.clientHeight < 40;
    this.text += text;
    this.node.appendData(text);
    this.#follow(isAtEnd);
  }

  done(result) {
    const seconds = Math.max(result.seconds, 1e-3);
    const parts = { tokens: result.num_new_tokens, seconds: seconds.toFixed(1), speed: (result.num_new_tokens / seconds).toFixed(1) };
    const cost = this.words.cost.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
    const cut = result.num_cut_tokens ? ` · ${this.words.cut.replace("{count}", result.num_cut_tokens)}` : "";
    this.#end(this.text ? cost + cut : this.words.empty + cut);
  }

  stopped() {
    if (this.current) this.#end(this.words.stopped);
  }

  failed(message) {
    if (!this.current) return;
    const line = this.#line("answer__failed");
    line.textContent = message;
    this.#end("");
  }

  forget() {
    this.turns = [];
    this.talk.replaceChildren();
    this.cost.textContent = "";
  }

  #end(cost) {
    // A question without an answer is not remembered: turns of a conversation must alternate.
    if (this.isChat && this.text) this.turns.push({ role: "assistant", content: this.text });
    else if (this.isChat) this.turns.pop();
    this.current.removeAttribute("aria-busy");
    this.current = null;
    this.cost.textContent = cost;
  }

  #line(style) {
    const line = document.createElement("p");
    line.className = style;
    return this.talk.appendChild(line);
  }

  #span(text) {
    const span = document.createElement("span");
    span.className = "answer__prompt";
    span.textContent = text;
    this.current.append(span);
  }

  #follow(isWanted) {
    if (isWanted) this.talk.scrollTop = this.talk.scrollHeight;
  }
}
