"""What the verb ``signals`` is asked: the signals of documents as a table, without rules."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from training.errors import Problem
from training.planning.machine import num_cores
from training.registry import SIGNALS, suggestion
from training.specs.base import Spec, option
from training.specs.common_options import workers_option


class Segmentation(StrEnum):
    """What a word of Chinese is."""

    CHARACTERS = "characters"
    RJIEBA = "rjieba"


def segmentation_option() -> Any:
    """The field of specs that compute signals."""
    return option(
        Segmentation.CHARACTERS,
        title="Words of Chinese",
        help="Every character is a word, or words are cut by the dictionary of rjieba. Another "
        "choice re-runs; thresholds of the presets are for characters.",
        group="advanced",
    )


class SignalsSpec(Spec):
    """A Parquet table with a row for each document; nothing is dropped."""

    verb = "signals"

    documents: str = option(
        title="Documents", help="Folder of documents.", artifact="documents", min_length=1
    )
    signals: list[str] = option(
        factory=list,
        title="Signals",
        help="Names of signals, in the order of the columns; none takes all of them.",
        group="advanced",
    )
    segmentation: Segmentation = segmentation_option()
    num_workers: int = workers_option()

    def problems(self) -> Iterator[Problem]:
        """Every name must be known, and named once."""
        for place, name in enumerate(self.signals):
            if name not in SIGNALS:
                yield Problem(
                    f"signals[{place}]",
                    "there is no such signal",
                    got=name,
                    expected=", ".join(SIGNALS),
                    hint=suggestion(name, [*SIGNALS]),
                )
            if name in self.signals[:place]:
                yield Problem(
                    f"signals[{place}]", "is named twice", got=name, expected="each name once"
                )

    def resolve(self) -> SignalsSpec:
        """Set the number of workers, and all signals where none is named."""
        return self.replace(
            num_workers=self.num_workers or num_cores(), signals=self.signals or [*SIGNALS]
        )
