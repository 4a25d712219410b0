"""What the folder of one run says, as far as a verdict needs it; read as it is now. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from training.ablation.statistics import Floats, fluctuation, num_spikes
from training.events import all_events
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.folder.records import map_records
from training.folder.series import read_index, series_path
from training.tokens.seen.runs import job_folder_of

_LOSS, _VALIDATION, _TOKENS = "train/loss", "validation/loss", "train/tokens_seen"
_SPEED = "train/tokens_per_second"
_EVALUATION = "evaluation.json"
#: Tokens of two runs are equal up to rounding.
_CLOSE = 1 + 1e-9


@dataclass(frozen=True)
class Series:
    """A metric: steps and values, as long as each other."""

    steps: Floats
    values: Floats


@dataclass
class ReadRun:
    """One run of an ablation. ``lengths``: {multiple of the context: loss}, where measured."""

    variant: str
    seed: int
    folder: JobFolder
    evaluation: Path | None = None
    lengths: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, variant: str, seed: int, path: Path, evaluation: Path | None = None) -> ReadRun:
        """``path``: a train job's folder or its output; DataError for anything else."""
        return cls(variant, seed, job_folder_of(path), evaluation)

    @cached_property
    def events(self) -> list[dict[str, Any]]:
        """Everything that it told."""
        return all_events(self.folder.events) if self.folder.events.exists() else []

    @cached_property
    def has_finished(self) -> bool:
        """Whether it went all the way; a stopped or failed run did not."""
        return any(event["kind"] == "finished" for event in self.events)

    @cached_property
    def num_parameters(self) -> int | None:
        """As the run said when it started."""
        found = (event["num_parameters"] for event in self.events if "num_parameters" in event)
        return next((int(number) for number in found), None)

    @cached_property
    def training(self) -> Series:
        """Training loss, every step."""
        return self._series(_LOSS)

    @cached_property
    def validation(self) -> Series:
        """Loss of the held-out text."""
        return self._series(_VALIDATION)

    def tokens_at(self, steps: Floats) -> Floats:
        """Tokens read by then: straight lines between the points of the token series."""
        tokens = self._series(_TOKENS)
        if not len(tokens.steps):
            return np.zeros_like(steps)
        known = np.concatenate([[0.0], tokens.steps])
        seen = np.concatenate([[0.0], tokens.values])
        return np.asarray(np.interp(steps, known, seen), dtype=np.float64)

    @cached_property
    def num_tokens(self) -> float:
        """Read by the last validation."""
        steps = self.validation.steps
        return float(self.tokens_at(steps[-1:])[0]) if len(steps) else 0.0

    def loss_at(self, tokens: float) -> float | None:
        """Of the last validation at or before so many tokens; None without one, or if broken."""
        series = self.validation
        there = self.tokens_at(series.steps) <= tokens * _CLOSE
        if not there.any():
            return None
        loss = float(series.values[there][-1])
        return loss if math.isfinite(loss) else None

    @cached_property
    def fluctuation(self) -> float | None:
        """See ``training.ablation.statistics``."""
        return fluctuation(self.training.steps, self.training.values)

    @cached_property
    def num_spikes(self) -> int:
        """See ``training.ablation.statistics``."""
        return num_spikes(self.training.values)

    @cached_property
    def tokens_per_second(self) -> float | None:
        """The middle of its speeds."""
        values = self._series(_SPEED).values
        finite = values[np.isfinite(values)]
        return float(np.median(finite)) if len(finite) else None

    @cached_property
    def scores(self) -> dict[str, float]:
        """{set of a benchmark: accuracy}; {} where nothing was evaluated."""
        info = read_json(self.evaluation / _EVALUATION) if self.evaluation else None
        sets = info.get("sets") if isinstance(info, dict) else None
        found = {}
        for one in sets if isinstance(sets, list) else []:
            accuracy = _accuracy(one)
            if accuracy is not None:
                found[str(one.get("set", "benchmark"))] = accuracy
        return found

    def _series(self, name: str) -> Series:
        number = read_index(self.folder.metrics).get(name)
        if number is None:
            return Series(np.empty(0), np.empty(0))
        records = map_records(series_path(self.folder.metrics, number))
        return Series(records["step"].astype(float), records["value"].astype(float))


def _accuracy(one: Any) -> float | None:
    """The accuracy that counts of a set of an evaluation, in [0, 1]."""
    value = one.get("accuracy") if isinstance(one, dict) else None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
