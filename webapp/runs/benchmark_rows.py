"""Compared runs in the rows of a table: what each scored, the best one, and each against the first.

Nothing here says that two runs differ when their answers to the same items do not tell so
(`webapp.runs.paired`), or, where these are not known, when the interval of one holds the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from training.benchmarks.answers import Answers
from webapp.evaluations.selectors import SetScore
from webapp.jobs.models import Artifact
from webapp.runs.paired import Answered, AnswerReader, Comparison

MOST_SENTENCES = 40


@dataclass(frozen=True)
class Result:
    """One run in a row. ``is_level``: its answers do not tell it from the best one."""

    score: SetScore
    step: int | None
    #: The evaluation's page, or the run's.
    address: str
    is_while_training: bool = False
    #: None where nobody has noted it.
    is_known: bool | None = None
    #: None while training.
    evaluation: Artifact | None = None
    answers: Answers | None = None
    is_best: bool = False
    is_level: bool = False


@dataclass(frozen=True)
class Missing:
    """A run that was not measured: where its evaluation is started, or ``why`` it cannot be."""

    address: str = ""
    why: str = ""


@dataclass(frozen=True)
class ResultRow:
    """One set or length of passkeys."""

    label: str
    about: str
    cells: list[Result | Missing]
    #: Each measured run against the first one that was, by its place in ``cells``.
    compared: dict[int, Comparison] = field(default_factory=dict)

    @property
    def chance(self) -> float:
        """What guessing gives, in percent; 0 where that is nothing."""
        found = [cell.score.chance_percent for cell in self.cells if isinstance(cell, Result)]
        return max(found, default=0.0)


@dataclass(frozen=True)
class Results:
    """The table; ``num_hidden`` rows are left out."""

    rows: list[ResultRow]
    num_hidden: int = 0
    #: Where an evaluation is started when there is none yet.
    address: str = ""

    @property
    def sentences(self) -> list[tuple[str, Comparison]]:
        """(row, two runs in it), as many as a page has room for."""
        found = [(row.label, one) for row in self.rows for one in row.compared.values()]
        return found[:MOST_SENTENCES]


def row_of(
    label: tuple[str, str], cells: Sequence[Result | Missing], names: Sequence[str],
    reader: AnswerReader,
) -> ResultRow:  # fmt: skip
    """With the answers of those that were measured, and what they tell."""
    answered = [_with_answers(cell, reader) for cell in cells]
    return ResultRow(*label, _marked(answered), _compared(answered, names))


def _with_answers(cell: Result | Missing, reader: AnswerReader) -> Result | Missing:
    if isinstance(cell, Missing) or cell.evaluation is None:
        return cell
    return replace(cell, answers=reader.answers(cell.evaluation, cell.score.name))


def _compared(cells: Sequence[Result | Missing], names: Sequence[str]) -> dict[int, Comparison]:
    """Nothing of passkeys: cells of their grid are kept, not answers."""
    sides = {
        place: Answered(names[place], cell.score.items, cell.answers)
        for place, cell in enumerate(cells)
        if isinstance(cell, Result) and cell.score.name
    }
    first = next(iter(sides.values()), None)
    return {
        place: Comparison.of(side, first)
        for place, side in sides.items()
        if first is not None and side is not first
    }


def _marked(cells: Sequence[Result | Missing]) -> list[Result | Missing]:
    """The best one marked, and those that the items cannot tell from it."""
    there = [cell for cell in cells if isinstance(cell, Result)]
    best = max(there, key=lambda cell: cell.score.accuracy, default=None)
    if best is None or all(cell.score.accuracy == best.score.accuracy for cell in there):
        return list(cells)
    return [_judged(cell, best) if isinstance(cell, Result) else cell for cell in cells]


def _judged(cell: Result, best: Result) -> Result:
    if cell.score.accuracy == best.score.accuracy:
        return replace(cell, is_best=True)
    mine, others = cell.answers, best.answers
    if mine is not None and others is not None and mine.is_of_same_items(others):
        return replace(cell, is_level=not mine.against(others).is_clear)
    return replace(cell, is_level=cell.score.high >= best.score.accuracy)


def as_data(results: Results) -> list[dict[str, Any]]:
    """For the API: a row per set or length, null where a run was not measured."""
    return [
        {
            "label": row.label,
            "asked": row.about,
            "runs": [
                _told(cell, row.compared.get(place)) if isinstance(cell, Result) else None
                for place, cell in enumerate(row.cells)
            ],
        }
        for row in results.rows
    ]


def _told(cell: Result, compared: Comparison | None) -> dict[str, Any]:
    score: Mapping[str, Any] = vars(cell.score)
    numbers = ("accuracy", "low", "high", "items", "chance", "contaminated")
    return {
        **{name: score[name] for name in numbers},
        "step": cell.step,
        "contamination_is_known": cell.is_known,
        "is_best": cell.is_best,
        "against_first": compared.as_data() if compared else None,
    }
