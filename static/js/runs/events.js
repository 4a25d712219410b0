// The list of events, and the samples that the model has just written.

export class EventList {
  constructor(list) {
    this.list = list;
    this.most = Number(list.dataset.most);
    for (const time of list.querySelectorAll("[data-time]")) time.textContent = clock(Number(time.dataset.time));
  }

  append(events) {
    for (const event of events.filter(({ sentence }) => sentence)) this.#add(event);
    while (this.list.childElementCount > this.most) this.list.firstElementChild.remove();
    if (this.list.childElementCount) document.querySelector("[data-no-events]").hidden = true;
  }

  #add(event) {
    const key = `${event.source}:${event.seq}`;
    if (this.list.querySelector(`[data-event="${CSS.escape(key)}"]`)) return;
    const item = document.createElement("li");
    item.className = "events__item";
    item.dataset.event = key;
    item.dataset.kind = event.kind;
    const time = document.createElement("time");
    time.className = "events__time";
    time.textContent = clock(event.time);
    const text = document.createElement("span");
    text.textContent = event.sentence;
    item.append(time, text);
    this.list.append(item);
  }
}

export class SampleList {
  constructor(section) {
    this.section = section;
    this.list = section.querySelector("[data-sample-list]");
    this.template = document.querySelector("[data-sample-template]");
  }

  take(event) {
    let figure = [...this.list.children].find(({ dataset }) => dataset.prompt === event.prompt);
    if (!figure) {
      figure = this.template.content.firstElementChild.cloneNode(true);
      figure.dataset.prompt = event.prompt;
      figure.querySelector("[data-sample-prompt]").textContent = event.prompt;
      this.list.append(figure);
    }
    figure.querySelector("[data-sample-text]").textContent = event.text;
    figure.querySelector("[data-sample-step]").textContent = event.step.toLocaleString("en-US");
    this.section.hidden = false;
  }
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}
