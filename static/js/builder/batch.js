// A row of a drawn batch: what stands at the place under the pointer, or where the arrow keys lead.

const BIG_STEPS = 16;

const words = document.querySelector("[data-batch-words]")?.dataset ?? {};
for (const bar of document.querySelectorAll("[data-batch-bar]")) bind(bar);

function bind(bar) {
  const row = read(bar);
  const mark = Object.assign(document.createElement("span"), { className: "batch-row__mark", hidden: true });
  bar.append(mark);
  bar.tabIndex = 0;
  bar.setAttribute("role", "slider");
  bar.setAttribute("aria-label", bar.dataset.label);
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", String(row.length - 1));
  let place = 0;
  const show = (wanted) => {
    place = Math.min(row.length - 1, Math.max(0, wanted));
    const text = sentence(row, place);
    bar.setAttribute("aria-valuenow", String(place));
    bar.setAttribute("aria-valuetext", text);
    bar.parentElement.querySelector("[data-batch-said]").textContent = text;
    mark.hidden = false;
    mark.style.setProperty("inset-inline-start", `${(100 * (place + 0.5)) / row.length}%`);
  };
  bar.setAttribute("aria-valuenow", "0");
  bar.setAttribute("aria-valuetext", sentence(row, 0));
  bar.addEventListener("pointermove", (event) => show(placeUnder(bar, row, event)));
  bar.addEventListener("pointerdown", (event) => show(placeUnder(bar, row, event)));
  bar.addEventListener("focus", () => show(place));
  bar.addEventListener("keydown", (event) => {
    const to = moved(event.key, place, row);
    if (to === null) return;
    event.preventDefault();
    show(to);
  });
}

function read(bar) {
  const numbers = (text) => (text ? text.split(";").map((one) => one.split(" ").map(Number)) : []);
  const { spans, targets, length } = bar.dataset;
  return { spans: numbers(spans), targets: numbers(targets), length: Number(length) };
}

function placeUnder(bar, row, event) {
  const box = bar.getBoundingClientRect();
  return Math.floor(((event.clientX - box.left) / box.width) * row.length);
}

// Arrows go place by place, page keys sixteen places.
function moved(key, place, row) {
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: BIG_STEPS, PageDown: -BIG_STEPS };
  if (key in steps) return place + steps[key];
  if (key === "Home") return 0;
  return key === "End" ? row.length - 1 : null;
}

function sentence(row, place) {
  const [owner, first, begin, , position] = row.spans.find(([, , , end]) => place < end) ?? [-1, 0, 0, 0, 0];
  const where = `${words.place} ${place}`;
  const at = `${words.position} ${position + place - begin}`;
  if (owner < 0) return `${where}: ${words.padding}, ${at}`;
  const hasLoss = row.targets.some(([from, to]) => from <= place && place < to);
  const token = `${words.document} ${owner}, ${words.token} ${first + place - begin}`;
  return `${where}: ${token}, ${at}, ${hasLoss ? words.target : words.none}`;
}
