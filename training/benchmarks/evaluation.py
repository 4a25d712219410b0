"""The ``evaluation`` artifact: what a model scored, with a row for each item.

``evaluation.json`` has the results by set and category, the passkey grid and what is known of
contamination; ``items.parquet`` each item with the log-likelihoods of its choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.benchmarks.results import ItemScore
from training.folder.artifact import Manifest, require_described
from training.specs.prompting import Normalisation

KIND = "evaluation"
FORMAT_VERSION = 1
INFO_FILE = "evaluation.json"
ITEMS_FILE = "items.parquet"
GROUP_ROWS = 256

_CHOICE = pa.struct(
    [
        ("text", pa.large_string()),
        ("log_likelihood", pa.float64()),
        ("num_tokens", pa.int32()),
        ("num_bytes", pa.int32()),
        ("is_greedy", pa.bool_()),
        ("unconditional", pa.float64()),
    ]
)
SCORED = pa.schema(
    [
        ("index", pa.int64()),
        ("set", pa.string()),
        ("name", pa.string()),
        ("kind", pa.string()),
        ("category", pa.string()),
        ("split", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("prompt", pa.large_string()),
        ("choices", pa.list_(_CHOICE)),
        ("answer", pa.int32()),
        *((f"pick_{way}", pa.int32()) for way in Normalisation),
        ("is_right", pa.bool_()),
        ("is_contaminated", pa.bool_()),
        ("num_cut", pa.int64()),
    ]
)


def write_scores(
    folder: Path, scores: Sequence[ItemScore], prompts: Sequence[str], way: Normalisation
) -> None:
    """Write ``items.parquet``; ``way`` is what ``is_right`` goes by."""
    rows = [_row(score, prompt, way) for score, prompt in zip(scores, prompts, strict=True)]
    table = pa.Table.from_pylist(rows, SCORED)
    pq.write_table(table, folder / ITEMS_FILE, compression="zstd", row_group_size=GROUP_ROWS)


def _row(score: ItemScore, prompt: str, way: Normalisation) -> dict[str, Any]:
    item = score.item
    choices = [
        {
            "text": text,
            "log_likelihood": one.log_likelihood,
            "num_tokens": one.num_tokens,
            "num_bytes": one.num_bytes,
            "is_greedy": one.is_greedy,
            "unconditional": one.unconditional,
        }
        for text, one in zip(item.choices, score.choices, strict=True)
    ]
    own = ("index", "set", "name", "kind", "category", "split", "file", "line", "answer")
    return {
        **{name: getattr(item, name) for name in own},
        "prompt": prompt,
        "choices": choices,
        **{f"pick_{one}": score.pick(one) for one in Normalisation},
        "is_right": score.is_right(way),
        "is_contaminated": score.is_contaminated,
        "num_cut": score.num_cut,
    }


@dataclass(frozen=True)
class Evaluation:
    """An evaluation opened for reading; ``info`` is ``evaluation.json``."""

    folder: Path
    manifest: Manifest
    info: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open it; DataError when it is none, torn, or written by a newer Trainyard."""
        manifest, info = require_described(
            folder, KIND, INFO_FILE, FORMAT_VERSION, keys=("sets",), advice="Evaluate again."
        )
        return cls(folder, manifest, info)

    def page(
        self, start: int, count: int, *, set_name: str = "", is_right: bool | None = None
    ) -> tuple[int, list[dict[str, Any]]]:
        """(how many items fit, those [start, start + count) of them)."""
        path = self.folder / ITEMS_FILE
        if not path.is_file():
            return 0, []
        with pq.ParquetFile(path) as file:
            keys = file.read(columns=["set", "is_right"])
            fits = pa.array([True] * len(keys))
            if set_name:
                fits = pc.equal(keys["set"], set_name)
            if is_right is not None:
                fits = pc.and_(fits, pc.equal(keys["is_right"], is_right))
            places = pc.indices_nonzero(fits).to_pylist()
            return len(places), _rows_at(file, places[start : start + count])


def _rows_at(file: pq.ParquetFile, places: Sequence[int]) -> list[dict[str, Any]]:
    """The rows at ascending places; reads only the row groups that hold them."""
    found: list[dict[str, Any]] = []
    first = 0
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        here = [place - first for place in places if first <= place < first + size]
        if here:
            found += file.read_row_group(group).take(here).to_pylist()
        first += size
    return found
