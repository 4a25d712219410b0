// Several runs in the same charts. While any of them goes on all are asked for again, as long as the
// page is looked at; the table of numbers says whether, and is written anew by the server.
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
  const read = () => Promise.all(ids.map(([run]) => readRun(run, asked, charts)));
  const follow = async () => {
    const goesOn = root.querySelector("[data-goes-on]");
    if (!document.hidden) await read();
    if (goesOn) setTimeout(follow, AGAIN_MS);
  };
  read().then(() => root.querySelector("[data-goes-on]") && setTimeout(follow, AGAIN_MS));
}

async function readRun(run, names, charts) {
  const answer = await fetch(`${sources[run]}?buckets=${BUCKETS}&names=${encodeURIComponent(names)}`).catch(() => null);
  if (!answer?.ok) return;
  charts.touch(store.takeRun(run, (await answer.json()).series));
}
