"""Runs that differ in one thing, judged: a measure of each variant, and its difference in words.

Only runs that went all the way count; the others are told. Losses are read at the same number of
tokens, the least that any of them has at its last validation. The first variant is the baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.ablation.reading import ReadRun
from training.ablation.statistics import Estimate, estimate, paired_difference

FORMAT_VERSION = 1
LOSS, FLUCTUATION, SPIKES, SPEED = "loss", "fluctuation", "spikes", "tokens_per_second"
LENGTH, SCORE = "loss_at_length", "score"


@dataclass(frozen=True)
class Measure:
    """What is compared. ``better``: -1 where less is, 1 where more is, 0 where neither is."""

    key: str
    title: str
    better: int
    digits: int = 4

    def written(self, value: float) -> str:
        """A value of it, without a sign."""
        return f"{value:,.{self.digits}f}"


@dataclass(frozen=True)
class Cell:
    """A measure of one variant. ``against``: difference from the baseline over shared seeds."""

    value: Estimate | None
    low: float | None
    high: float | None
    against: Estimate | None
    sentence: str
    #: "better" or "worse" where the difference is clear, "noise" where not, "" for the baseline.
    judgement: str


@dataclass(frozen=True)
class JudgedVariant:
    """One variant: its seeds that ended, its size, a cell for each measure."""

    name: str
    seeds: list[int]
    num_parameters: int | None
    cells: dict[str, Cell]


@dataclass(frozen=True)
class Verdict:
    """The table. ``num_open``: runs that have not ended well, which do not count."""

    question: str
    tokens: float
    measures: list[Measure]
    variants: list[JudgedVariant]
    num_open: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {"format_version": FORMAT_VERSION, **asdict(self)}

    @property
    def headline(self) -> list[str]:
        """One sentence for each variant but the baseline, on the loss."""
        sentences = [one.cells[LOSS].sentence for one in self.variants[1:] if LOSS in one.cells]
        return [sentence for sentence in sentences if sentence]


def judge(runs: Sequence[ReadRun], question: str = "") -> Verdict:
    """The verdict on what the folders of the runs say now."""
    names = list(dict.fromkeys(run.variant for run in runs))
    ended = [run for run in runs if run.has_finished]
    tokens = min((run.num_tokens for run in ended), default=0.0)
    measures = _measures(ended)
    values = {
        measure.key: {name: _values(measure, ended, name, tokens) for name in names}
        for measure in measures
    }
    variants = [
        JudgedVariant(
            name,
            sorted(run.seed for run in ended if run.variant == name),
            next((run.num_parameters for run in runs if run.variant == name), None),
            {one.key: _cell(one, name, names[0], values[one.key]) for one in measures},
        )
        for name in names
    ]
    return Verdict(question, tokens, measures, variants, len(runs) - len(ended))


def _measures(runs: Sequence[ReadRun]) -> list[Measure]:
    lengths = sorted({length for run in runs for length in run.lengths})
    sets = list(dict.fromkeys(name for run in runs for name in run.scores))
    return [
        Measure(LOSS, "Validation loss", -1),
        Measure(FLUCTUATION, "Fluctuation", -1),
        Measure(SPIKES, "Spikes", -1, 1),
        *(Measure(f"{LENGTH}:{n}", f"Loss at {n} × the context", -1) for n in lengths),
        *(Measure(f"{SCORE}:{name}", f"Accuracy, {name}", 1, 3) for name in sets),
        Measure(SPEED, "Tokens per second", 1, 0),
    ]


def _values(
    measure: Measure, runs: Sequence[ReadRun], variant: str, tokens: float
) -> dict[int, float]:
    """{seed: value} of the runs of a variant that have one."""
    kind, _colon, name = measure.key.partition(":")
    of: Mapping[str, Callable[[ReadRun], float | None]] = {
        LOSS: lambda run: run.loss_at(tokens),
        FLUCTUATION: lambda run: run.fluctuation,
        SPIKES: lambda run: float(run.num_spikes),
        SPEED: lambda run: run.tokens_per_second,
        LENGTH: lambda run: run.lengths.get(int(name)),
        SCORE: lambda run: run.scores.get(name),
    }
    found = ((run.seed, of[kind](run)) for run in runs if run.variant == variant)
    return {seed: value for seed, value in found if value is not None}


def _cell(
    measure: Measure, name: str, baseline: str, values: Mapping[str, Mapping[int, float]]
) -> Cell:
    own = values[name]
    low, high = (min(own.values()), max(own.values())) if own else (None, None)
    if name == baseline:
        return Cell(estimate([*own.values()]), low, high, None, "", "")
    against = paired_difference(own, values[baseline])
    judgement, sentence = _judged(measure, name, baseline, against)
    return Cell(estimate([*own.values()]), low, high, against, sentence, judgement)


def _judged(
    measure: Measure, name: str, baseline: str, against: Estimate | None
) -> tuple[str, str]:
    """The judgement and the plain sentence."""
    if against is None:
        return "", f"{name}: no seed has ended with both."
    by = measure.written(abs(against.mean))
    side = "lower" if against.mean < 0 else "higher"
    if against.half_width is None:
        told = f"{name} is {by} {side} than {baseline} with the one seed that both have"
        return "noise", f"{told}: nobody can tell whether that is noise."
    half, seeds = measure.written(against.half_width), f"{against.number} seeds"
    if not against.is_clear:
        sign = "−" if against.mean < 0 else "+"
        return (
            "noise",
            f"Within noise: {name} differs from {baseline} by {sign}{by} ± {half} ({seeds}).",
        )
    is_better = against.mean * measure.better > 0
    word = "better" if is_better else "worse"
    return word, f"{name} is {word} than {baseline} by {by} ± {half} ({seeds})."
