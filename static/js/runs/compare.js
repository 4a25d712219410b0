// Several runs in the same charts. Runs that go on are asked for again while the page is looked at.
import { Charts } from "./charts.js";
import { SeriesStore } from "./series.js";
import { bindToolbar } from "./toolbar.js";

const AGAIN_MS = 5_000;
const BUCKETS = 600;

const root = document.querySelector("[data-compare]");
const place = root.querySelector("[data-charts]");
const ids = Object.entries(JSON.parse(root.dataset.sources));
const sources = Object.fromEntries(ids.map(([run, id]) => [run, `/api/v1/runs/${id}/series/`]));
const store = new SeriesStore();

if (place) {
  const charts = new Charts(place, store, { sources, pick: () => {} });
  bindToolbar(root.querySelector("[data-toolbar]"), (view) => charts.setView(view));
  const names = [...new Set([...charts.charts.values()].flatMap(({ series }) => series.map(({ name }) => name.replace(/^\d+:/, ""))))];
  const asked = [...names, "train/tokens_seen"].join(",");
  const read = async (isFirst) => {
    if (document.hidden && !isFirst) return;
    await Promise.all(ids.map(([run]) => readRun(run, asked, charts)));
  };
  read(true);
  if ("liveRuns" in root.dataset) setInterval(read, AGAIN_MS);
}

async function readRun(run, names, charts) {
  const answer = await fetch(`${sources[run]}?buckets=${BUCKETS}&names=${encodeURIComponent(names)}`).catch(() => null);
  if (!answer?.ok) return;
  charts.touch(store.takeRun(run, (await answer.json()).series));
}
