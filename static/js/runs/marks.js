// What happened, as marks on the charts: checkpoints, rewinds, warnings. The page brings the earlier ones.
import { along } from "./axis.js";

export class Marks {
  constructor({ marks, kinds = "" }) {
    this.marks = JSON.parse(marks || "[]").map(([kind, step, text]) => ({ kind, step, text }));
    this.kinds = kinds.split(" ");
  }

  // Whether any of these events is a mark. One without a step stands at the newest step there is.
  add(events, newest) {
    const placed = events.map((event) => ({ ...event, step: event.step ?? newest }));
    const found = placed.filter(({ kind, step }) => this.kinds.includes(kind) && Number.isInteger(step));
    this.marks.push(...found.map(({ kind, step, sentence }) => ({ kind, step, text: sentence })));
    return found.length > 0;
  }

  // Where they lie on the axis of a line.
  along(line) {
    if (!this.marks.length || !line) return [];
    const steps = this.marks.map(({ step }) => Math.min(Math.max(step, line.step[0]), line.step.at(-1)));
    const order = steps.map((_, i) => i).sort((a, b) => steps[a] - steps[b]);
    const places = along(line.step, line.x, order.map((i) => steps[i]));
    return order.map((i, n) => ({ kind: this.marks[i].kind, x: places[n] }));
  }

  near(step, within) {
    const found = this.marks.filter((mark) => Math.abs(mark.step - step) <= within);
    return found.map(({ text }) => text).slice(-2).join(" ");
  }
}
