"""Labelled rows for a classifier: read from files or a task set, checked, and parted.

What cannot be learnt from (a label out of range, a text without a word) is left out, counted and
told with its place. Rows of equal text never part between what is learnt and what is held out.
"""

from __future__ import annotations

import hashlib
import math
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from training.corpus.classifiers.evaluation import TOP_SCORE
from training.corpus.extract.records import refusals_told
from training.corpus.stopping import check_stop
from training.errors import DataError
from training.folder.job import Job
from training.specs.fit_classifier import FitClassifierSpec, Target
from training.specs.tasks import ColumnsPart, QualityPart, Shape, TasksSpec
from training.tasks.inputs import find_inputs
from training.tasks.streams import Streams, read_files
from training.tasks.taskset import TEST, TRAIN, VALIDATION, TaskSet

LEAST_ROWS = 20
#: Fewer rows cannot be parted once more, to choose the penalty.
_LEAST_LEARNT, _LEAST_OF_A_KIND = 5, 2
_STREAMS = "streams.tmp"
_TOLD = 3
_LISTED_LABELS = 10
_LONGEST_ROW = 16_000_000


@dataclass(frozen=True)
class Row:
    """A text with its label. ``is_test`` is None where the rows have no split of their own."""

    text: str
    label: str
    where: str
    is_test: bool | None = None


@dataclass
class LabelledRows:
    """``targets`` are scores, or 1 for the class that is looked for and 0 for others."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    is_test: list[bool] = field(default_factory=list)
    num_left_out: int = 0

    @property
    def targets(self) -> npt.NDArray[np.float64]:
        """[rows]."""
        return np.array(self.values, dtype=np.float64)

    def part(self, *, is_test: bool) -> tuple[list[str], npt.NDArray[np.float64]]:
        """(texts, targets) of what is held out, or of what is learnt from."""
        places = [place for place, one in enumerate(self.is_test) if one == is_test]
        return [self.texts[place] for place in places], self.targets[places]


def read_rows(spec: FitClassifierSpec, job: Job) -> LabelledRows:
    """All usable rows; DataError when they are too few, or of one kind only."""
    rows, faults = LabelledRows(), _Faults()
    is_cut, num_bytes = False, 0
    for row in _of_task_set(spec, job) if spec.tasks else _of_files(spec, job):
        check_stop(job)
        try:
            value = _value(row, spec)
        except ValueError as fault:
            faults.count(row.where, str(fault))
            continue
        num_bytes += len(row.text.encode())
        rows.texts.append(row.text)
        rows.labels.append(row.label)
        rows.values.append(value)
        is_test = row.is_test
        rows.is_test.append(_is_held_out(row.text, spec) if is_test is None else is_test)
        if num_bytes >= spec.max_training_bytes:
            is_cut = True
            break
    rows.num_left_out = faults.number
    if is_cut:
        job.warn(
            f"Read up to {spec.max_training_bytes:,} bytes of text: {len(rows.texts):,} rows; "
            "those behind them were not looked at (max_training_bytes)."
        )
    if faults.number:
        job.warn(faults.told())
    _require_enough(rows, spec, faults)
    return rows


class _Faults:
    """Rows that are left out: how many, for what reasons, and the first places."""

    def __init__(self) -> None:
        self.number = 0
        self._reasons: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def count(self, where: str, reason: str) -> None:
        self.number += 1
        kind = reason.partition(" (")[0]
        self._reasons[kind] += 1
        self._first.setdefault(kind, f"{where}: {reason}")

    def told(self) -> str:
        """ "2 rows are left out (a.jsonl, line 4: the label is no number ... and 1 more)."."""
        parts = [
            f"{self._first[kind]}{f' and {number - 1:,} more' if number > 1 else ''}"
            for kind, number in self._reasons.most_common(_TOLD)
        ]
        rows = "1 row is" if self.number == 1 else f"{self.number:,} rows are"
        return f"{rows} left out ({'; '.join(parts)})."


def _value(row: Row, spec: FitClassifierSpec) -> float:
    """The target of a row; ValueError says why it has none."""
    if not any(map(str.isalnum, row.text)):
        raise ValueError("the text holds no letter and no digit")
    if spec.target == Target.CLASS:
        return float(row.label == spec.positive.strip())
    try:
        value = float(row.label)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"the label is no number (got {row.label[:40]!r})")
    if not 0 <= value <= TOP_SCORE:
        raise ValueError(f"the label is outside 0 to {TOP_SCORE} (got {row.label[:40]})")
    return value


def _is_held_out(text: str, spec: FitClassifierSpec) -> bool:
    """By the text and the seed, whatever other rows there are."""
    digest = hashlib.blake2b(f"{spec.seed}\0{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < spec.held_out * 2**64


def _of_task_set(spec: FitClassifierSpec, job: Job) -> Iterator[Row]:
    tasks = TaskSet.open(job.input(spec.tasks, "tasks"))
    if tasks.shape != Shape.CLASSIFICATION:
        raise DataError(
            f"The task set is of the shape {tasks.shape}; rows of text and label are needed.",
            advice="Make a task set of the shape classification.",
        )
    apart = next((name for name in (TEST, VALIDATION) if tasks.splits.get(name)), "")
    for split in (TRAIN, apart):
        for row in tasks.rows(split, ["text", "label", "origin"]) if split else ():
            where = f"{row['origin']['file']}, line {row['origin']['line']:,}"
            yield Row(row["text"], row["label"], where, split == apart if apart else None)


def _of_files(spec: FitClassifierSpec, job: Job) -> Iterator[Row]:
    asked = TasksSpec(
        inputs=spec.row_files(),
        upload=spec.rows,
        shape=Shape.CLASSIFICATION,
        columns=ColumnsPart(text=spec.text_column, label=spec.label_column),
        quality=QualityPart(max_row_chars=_LONGEST_ROW),
    )
    folder = job.folder.root / _STREAMS
    shutil.rmtree(folder, ignore_errors=True)
    streams = Streams(folder, find_inputs(asked, job))
    folder.mkdir(parents=True)
    try:
        results = list(read_files(asked, job, streams))
        if not streams.accepted:
            raise DataError(
                f"No file gave a labelled row: {refusals_told(results) or 'there is no file'}.",
                advice="Rows of a text and a label are needed; name the columns if they are called "
                "otherwise (text_column, label_column).",
            )
        for row in streams.rows():
            example = row.example
            yield Row(example["text"], example["label"], f"{row.file}, line {row.line:,}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _require_enough(rows: LabelledRows, spec: FitClassifierSpec, faults: _Faults) -> None:
    if len(rows.texts) < LEAST_ROWS:
        left_out = f" {faults.told()}" if faults.number else ""
        raise DataError(
            f"{len(rows.texts)} rows can be learnt from; at least {LEAST_ROWS} are needed, and "
            f"some hundreds for a classifier of use.{left_out}"
        )
    seen = Counter(rows.labels)
    listed = ", ".join(f"{label[:40]!r}" for label, _ in seen.most_common(_LISTED_LABELS))
    if spec.target == Target.CLASS:
        if spec.positive.strip() not in seen:
            raise DataError(
                f"positive: no row has the label {spec.positive.strip()!r}; the labels are "
                f"{listed}.",
                advice="Name one of them as the class looked for.",
            )
        if len(seen) == 1:
            raise DataError(
                f"Every row has the label {listed}; a classifier needs rows of another one too."
            )
    elif len(set(rows.values)) == 1:
        raise DataError(
            f"Every row has the score {rows.values[0]:g}; a classifier needs different ones."
        )
    _part_if_needed(rows)
    _require_parts(rows, spec)


def _require_parts(rows: LabelledRows, spec: FitClassifierSpec) -> None:
    """Something to measure by, and enough of each kind to fit and to choose the penalty."""
    targets, is_test = rows.targets, np.array(rows.is_test)
    learnt = targets[~is_test]
    if not is_test.any() or len(learnt) < _LEAST_LEARNT:
        raise DataError(
            f"{len(learnt):,} rows are left to learn from and {int(is_test.sum()):,} to measure by "
            f"({len(set(rows.texts)):,} different texts; equal ones stay together).",
            advice="Give more rows of different texts.",
        )
    few, others = int((learnt > 0).sum()), int((learnt <= 0).sum())
    if spec.target == Target.CLASS and min(few, others) < _LEAST_OF_A_KIND:
        raise DataError(
            f"Of the rows to learn from, {few:,} have the label {spec.positive.strip()!r} and "
            f"{others:,} another one; at least {_LEAST_OF_A_KIND} of each are needed.",
            advice="Give more rows of the rarer kind, some tens of them for a classifier of use.",
        )


def _part_if_needed(rows: LabelledRows) -> None:
    """Both parts hold high and low targets, as far as there are two of a kind."""
    targets, is_test = rows.targets, np.array(rows.is_test)
    middle = (targets.min() + targets.max()) / 2
    for side in (targets >= middle, targets < middle):
        for wanted in (True, False):
            here = np.flatnonzero(side)
            if len(here) > 1 and not (is_test[here] == wanted).any():
                same = rows.texts[here[0]]
                for place in (one for one in here if rows.texts[one] == same):
                    rows.is_test[int(place)] = is_test[place] = wanted
