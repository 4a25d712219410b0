"""The verb ``inspect_batch``: ``batch.json``, and the batch as lines of text in the log."""

from __future__ import annotations

import sys
from typing import Any

from training.events import EventKind
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.inspect_batch import InspectBatchSpec
from training.tokens.inspecting.batches import batch_of_run, batch_of_settings
from training.tokens.inspecting.drawing import Drawing
from training.tokens.seen.runs import job_folder_of

BATCH_FILE = "batch.json"
_WIDTH = 72
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PADDING = "."


def run(spec: InspectBatchSpec, job: Job) -> None:
    """Draw the batch; DataError when run or tokens cannot be read."""
    job.events.write(EventKind.STARTED)
    drawn = {"step": spec.step, **_drawing(spec, job).as_dict(0, spec.max_rows)}
    write_json(job.folder.root / BATCH_FILE, drawn)
    sys.stdout.write("".join(f"{line}\n" for line in lines_of(drawn)))
    job.events.write(EventKind.FINISHED)


def _drawing(spec: InspectBatchSpec, job: Job) -> Drawing:
    if spec.run:
        folder = job_folder_of((job.folder.root / spec.run).resolve())
        return batch_of_run(folder.root, spec.step)
    return batch_of_settings(job.input(spec.tokens, "tokens"), spec.to_dict(), spec.step)


def lines_of(drawn: dict[str, Any]) -> list[str]:
    """Figures, then two lines for a row: a letter for each document, ``^`` where loss is taken."""
    lines = [
        f"step {drawn['step']:,}: {drawn['num_rows']:,} rows of {drawn['sequence_length']:,} tokens"
    ]
    lines += [_figures(name, drawn[name]) for name in ("batch", "split")]
    lines += [f"  {note}" for note in drawn["notes"]]
    for row in drawn["rows"]:
        lines += ["", f"row {row['row']:,}, {row['num_targets']:,} targets"]
        lines += _picture(row, drawn["sequence_length"])
    return lines


def _figures(name: str, figures: dict[str, Any]) -> str:
    return (
        f"  {name}: {figures['efficiency']:.1%} text, {figures['documents_per_row']:.1f} documents "
        f"per row (at most {figures['most_documents']:,}), "
        f"{figures['crossing_fraction']:.1%} of the attention lies across documents"
        f"{', blocked' if figures['blocked_fraction'] else ''}"
    )


def _picture(row: dict[str, Any], length: int) -> list[str]:
    width = min(_WIDTH, length)
    places = [place * length // width for place in range(width)]
    text = []
    for place in places:
        number = next(n for n, span in enumerate(row["spans"]) if span[2] <= place < span[3])
        is_padding = row["spans"][number][0] < 0
        text.append(_PADDING if is_padding else _LETTERS[number % len(_LETTERS)])
    ends = [*places[1:], length]
    targets = [
        "^" if any(a < end and b > place for a, b in row["targets"]) else " "
        for place, end in zip(places, ends, strict=True)
    ]
    return ["".join(text), "".join(targets).rstrip()]
