// A run page: one feed, and the parts of the page that listen to it.
import { Charts } from "./charts.js";
import { EventList, SampleList } from "./events.js";
import { Feed } from "./feed.js";
import { Header } from "./header.js";
import { LogView } from "./log.js";
import { SeriesStore } from "./series.js";
import { openStep } from "./step.js";
import { bindToolbar } from "./toolbar.js";
import { words } from "./words.js";

const RESNAP_MS = 5_000;

const root = document.querySelector("[data-run]");
const store = new SeriesStore();
const header = new Header(root);
const place = root.querySelector("[data-charts]");
const charts = place && new Charts(place, store, { sources: { "": root.dataset.series }, pick: openStep });
const list = root.querySelector("[data-events]");
const events = list && new EventList(list);
const sampleSection = root.querySelector("[data-samples]");
const samples = sampleSection && new SampleList(sampleSection);
const frame = root.querySelector(".log-frame");
const log = frame && new LogView(frame);
const feed = new Feed({
  socket: root.dataset.socket,
  live: root.dataset.live,
  position: JSON.parse(root.dataset.position),
  buckets: place ? 600 : 60,
});

if (charts) bindToolbar(root.querySelector("[data-toolbar]"), (view) => charts.setView(view));

feed.addEventListener("snapshot", ({ detail }) => changed(store.takeSnapshot(detail)));

feed.addEventListener("delta", ({ detail }) => {
  const { names, isStale } = store.takeDelta(detail);
  if (detail.job) header.setJob(detail.job);
  if (names.length) changed(names);
  if (isStale) resnap();
  log?.append(detail.log, detail.to.log);
  takeEvents(detail.events);
});

feed.addEventListener("status", ({ detail }) => {
  const badge = document.querySelector("[data-connection]");
  badge.dataset.connection = { polling: "live", ended: "offline" }[detail] ?? detail;
  badge.querySelector("[data-connection-label]").textContent = words[detail];
});

function changed(names) {
  header.setNumbers(store);
  charts?.touch(names);
  if (store.isEmpty) return;
  for (const part of root.querySelectorAll("[data-with-points]")) part.hidden = false;
  for (const part of root.querySelectorAll("[data-empty]")) part.hidden = true;
}

function takeEvents(found) {
  const progress = found.filter(({ kind }) => kind === "progress").at(-1);
  if (progress) header.setProgress(progress);
  events?.append(found);
  charts?.addMarks(found);
  for (const event of found.filter(({ kind }) => kind === "sample")) samples?.take(event);
  for (const part of root.querySelectorAll("[data-refresh-on]")) {
    if (found.some(({ kind }) => part.dataset.refreshOn.split(" ").includes(kind))) refresh(part);
  }
}

// A part that the server writes (a table of checkpoints) is fetched again with its page.
async function refresh(part) {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  if (fresh) part.replaceChildren(...fresh.childNodes);
}

function resnap() {
  const wait = Math.max(0, RESNAP_MS - (Date.now() - (resnap.at ?? 0)));
  resnap.timer ??= setTimeout(() => {
    [resnap.at, resnap.timer] = [Date.now(), undefined];
    feed.resnap();
  }, resnap.at ? wait : 0);
}

feed.start();
