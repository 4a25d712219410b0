"""From log-likelihoods to picks, and from picks to accuracies with intervals.

Four ways to compare the choices of an item, each a log-likelihood per something: its sum ("none"),
per token, per byte of the answer (Gao 2021 counts characters; bytes also compare scripts), and
against the answer without its question (Brown 2020, "unconditional"). Equal values go to the
first choice. Intervals are Wilson's (1927) at 95 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.benchmarks.benchmark import BenchmarkItem
from training.benchmarks.columns import CHOICE
from training.specs.prompting import Normalisation
from training.units import perplexity

#: Quantile of the normal distribution for two-sided 95 %.
Z95 = 1.959963984540054


@dataclass(frozen=True)
class ChoiceScore:
    """One choice: log-likelihoods in nats, and the sizes of what was scored."""

    log_likelihood: float
    num_tokens: int
    num_bytes: int
    is_greedy: bool
    unconditional: float | None = None

    def by(self, normalisation: Normalisation) -> float | None:
        """What is compared; None when it was not measured."""
        if normalisation == Normalisation.UNCONDITIONAL:
            without = self.unconditional
            return None if without is None else self.log_likelihood - without
        over = {
            Normalisation.BYTE: max(1, self.num_bytes),
            Normalisation.TOKEN: self.num_tokens,
            Normalisation.NONE: 1,
        }
        return self.log_likelihood / over[normalisation]


@dataclass(frozen=True)
class ItemScore:
    """An item that was put to a model."""

    item: BenchmarkItem
    choices: tuple[ChoiceScore, ...]
    #: Tokens at the start of its longest request that did not fit the context.
    num_cut: int = 0
    is_contaminated: bool = False

    @property
    def right(self) -> ChoiceScore:
        """The right choice."""
        return self.choices[self.item.answer]

    @property
    def chance(self) -> float:
        """What guessing gives."""
        return chance_of(self.item)

    def pick(self, normalisation: Normalisation) -> int | None:
        """The likeliest choice; None when it was not measured."""
        values = [choice.by(normalisation) for choice in self.choices]
        if None in values:
            return None
        return max(range(len(values)), key=lambda place: (values[place], -place))

    def is_right(self, normalisation: Normalisation) -> bool | None:
        """Whether the right choice is the likeliest; of a cloze, whether greedy decoding has it."""
        if self.item.kind != CHOICE:
            return self.right.is_greedy
        pick = self.pick(normalisation)
        return None if pick is None else pick == self.item.answer


def chance_of(item: BenchmarkItem) -> float:
    """What guessing gives; nothing for a cloze."""
    return 1 / len(item.choices) if item.kind == CHOICE else 0.0


@dataclass(frozen=True)
class Accuracy:
    """Right ones of ``num_items``, with the 95 % interval."""

    num_right: int
    num_items: int

    @property
    def value(self) -> float:
        """The share."""
        return self.num_right / max(1, self.num_items)

    def interval(self) -> tuple[float, float]:
        """Wilson's: stays within 0 to 1, and means something when all or none are right."""
        return wilson(self.num_right, self.num_items)

    def told(self) -> dict[str, float]:
        """For JSON."""
        low, high = self.interval()
        return {"accuracy": self.value, "low": low, "high": high, "right": self.num_right}


def wilson(num_right: int, num_items: int) -> tuple[float, float]:
    """The 95 % interval of a share; 0 to 1 of nothing."""
    if not num_items:
        return 0.0, 1.0
    share, over = num_right / num_items, Z95 * Z95 / num_items
    middle = share + over / 2
    spread = Z95 * math.sqrt(share * (1 - share) / num_items + over / (4 * num_items))
    low, high = (middle - spread) / (1 + over), (middle + spread) / (1 + over)
    return max(0.0, low), min(1.0, high)


@dataclass
class SetResult:
    """What was measured of one set (or one category of it)."""

    name: str
    normalisation: Normalisation
    scores: list[ItemScore] = field(default_factory=list)

    def accuracy(self, normalisation: Normalisation) -> Accuracy | None:
        """By one way of comparing; None when it was not measured."""
        found = [one.is_right(normalisation) for one in self.scores]
        if None in found:
            return None
        return Accuracy(sum(map(bool, found)), len(found))

    def told(self) -> dict[str, Any]:
        """For JSON: the accuracy that counts, all others, and the loss of right answers."""
        headline = self.accuracy(self.normalisation) or Accuracy(0, 0)
        is_choice = any(one.item.kind == CHOICE for one in self.scores)
        ways = list(Normalisation) if is_choice else []
        others = {str(way): found.told() for way in ways if (found := self.accuracy(way))}
        return {
            "set": self.name,
            "kind": self.scores[0].item.kind if self.scores else "",
            "items": len(self.scores),
            "contaminated": sum(one.is_contaminated for one in self.scores),
            "cut": sum(bool(one.num_cut) for one in self.scores),
            **headline.told(),
            "chance": sum(one.chance for one in self.scores) / max(1, len(self.scores)),
            "by": others,
            **self._losses(),
        }

    def _losses(self) -> dict[str, float]:
        """Of the right answers, over all items: per token, its perplexity, and bits per byte."""
        total = -math.fsum(one.right.log_likelihood for one in self.scores)
        tokens = sum(one.right.num_tokens for one in self.scores)
        num_bytes = sum(one.right.num_bytes for one in self.scores)
        loss = total / max(1, tokens)
        return {
            "answer_loss": loss,
            "answer_perplexity": perplexity(loss),
            "answer_bits_per_byte": total / math.log(2) / max(1, num_bytes),
        }


def by_set(scores: Iterable[ItemScore], normalisation: Normalisation) -> list[SetResult]:
    """The results of each set, in order."""
    found: dict[str, SetResult] = {}
    for score in scores:
        name = score.item.set
        found.setdefault(name, SetResult(name, normalisation)).scores.append(score)
    return list(found.values())


def by_category(result: SetResult) -> list[dict[str, Any]]:
    """The results of each category of a set, the largest first; [] when items name none."""
    parts: dict[str, list[ItemScore]] = {}
    for score in result.scores:
        parts.setdefault(score.item.category, []).append(score)
    if set(parts) <= {""}:
        return []
    ordered: Sequence[tuple[str, list[ItemScore]]] = sorted(
        parts.items(), key=lambda part: (-len(part[1]), part[0])
    )
    return [
        SetResult(result.name, result.normalisation, scores).told() | {"category": name}
        for name, scores in ordered
    ]
