"""``edits.json`` of a documents artifact: what each transform did, with samples.

Counts and the most frequent removed pieces are exact over all shards; see `runs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.corpus.executor import CheckStop
from training.corpus.pii.redact import masked_piece
from training.corpus.transforms.chain import Link
from training.corpus.transforms.record import (
    PIECE_BYTES,
    Tally,
    piece_text,
    told_by_shards,
)
from training.corpus.transforms.runs import Runs, most_frequent
from training.registry import TRANSFORMS

EDITS_FILE = "edits.json"
FORMAT_VERSION = 1
_MOST_FREQUENT = 100


@dataclass(frozen=True)
class ReportSource:
    """Where the shards have left what they tell."""

    folder: Path
    num_shards: int
    num_samples: int

    def transform_rows(self, links: tuple[Link, ...], check: CheckStop) -> list[dict[str, Any]]:
        """One row for each transform, in the order in which they worked."""
        return [self._row(link, check) for link in links]

    def _row(self, link: Link, check: CheckStop) -> dict[str, Any]:
        tally = Tally()
        samples: list[Any] = []
        for told in told_by_shards(self.folder, link.name, self.num_shards):
            check()
            tally.add(told)
            samples = sorted([*samples, *told["samples"]], key=lambda one: one[0])
            del samples[self.num_samples :]
        reasons = TRANSFORMS[link.name].load().reasons
        return {
            "name": link.name,
            "options": link.options.model_dump(mode="json"),
            "documents": tally.documents,
            "edits": tally.edits,
            "bytes_removed": tally.bytes_removed,
            "reasons": [
                {"reason": reason, "edits": tally.reasons[number]}
                for number, reason in enumerate(reasons)
            ],
            "frequent": self._frequent(link.name, check),
            "samples": [sample for _, sample in samples],
        }

    def _frequent(self, name: str, check: CheckStop) -> list[dict[str, Any]]:
        entries = most_frequent(Runs(self.folder / name, self.num_shards), _MOST_FREQUENT, check)
        return [
            {
                "text": _shown(piece_text(self.folder, name, int(entry["first"]))),
                "count": int(entry["count"]),
            }
            for entry in entries
        ]


def _shown(piece: str) -> str:
    """Masked before it is cut off, so that no value shows in part."""
    beginning = piece.encode()[:PIECE_BYTES].decode("utf-8", "ignore")
    return masked_piece(piece, 0, len(beginning))
