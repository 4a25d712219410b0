// The name of a run at the end of its line. Runs end close to each other: their names are moved apart.

const MOST_CHARS = 16;
// Of the height of a chart: what one line of text takes.
const GAP = 0.1;

export function endLabels(lines, isLog) {
  const scale = isLog ? [Math.log10, (value) => 10 ** value] : [Number, Number];
  const drawable = (value) => value !== null && (!isLog || value > 0);
  const ends = lines.flatMap((line) => {
    const at = line.y.findLastIndex(drawable);
    return at < 0 ? [] : [{ line, x: line.x[at], place: scale[0](line.y[at]) }];
  });
  const all = lines.flatMap(({ y }) => y.filter(drawable)).map(scale[0]);
  const extent = all.reduce(([low, high], y) => [Math.min(low, y), Math.max(high, y)], [Infinity, -Infinity]);
  const gap = (extent[1] - extent[0]) * GAP;
  ends.sort((a, b) => a.place - b.place);
  for (let i = 1; i < ends.length; i += 1) ends[i].place = Math.max(ends[i].place, ends[i - 1].place + gap);
  return ends.map(({ line, x, place }) => label(line, x, scale[1](place)));
}

function label({ label: name, color }, x, y) {
  const text = name.length > MOST_CHARS ? `${name.slice(0, MOST_CHARS - 1)}…` : name;
  return { x: [x], y: [y], text: [text], mode: "text", textposition: "middle right", textfont: { color, size: 11 }, cliponaxis: false, showlegend: false };
}
