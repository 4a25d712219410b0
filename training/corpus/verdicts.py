"""What each rule drops alone, remembered: moving one threshold then costs one rule, not all.

A verdict is a bit for each document and its sums. It depends on the columns, which never change,
and on the options of the rule; so it stays good until it is pushed out by later ones. Whatever a
rule is, it is asked through `Rule.drops` alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.amounts import Amount, Measure
from training.corpus.rules.rule import Mask, Rule
from training.corpus.signals.table import SignalTable
from training.specs.rules import RulesPart

#: Bits of all verdicts that are remembered: 500 of a million documents.
_MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class Verdict:
    """``bits`` are packed, lowest first; ``thresholds`` as the rule tells them after looking."""

    bits: npt.NDArray[np.uint8]
    num_documents: int
    amount: Amount
    thresholds: dict[str, Any]

    @property
    def mask(self) -> Mask:
        """What the rule drops of everything [N]."""
        unpacked = np.unpackbits(self.bits, count=self.num_documents, bitorder="little")
        return unpacked.view(np.bool_)


class Verdicts:
    """The verdicts of one table, the newest ones kept."""

    def __init__(self, signals: SignalTable, measure: Measure) -> None:
        self._signals, self.measure = signals, measure
        self._known: OrderedDict[str, Verdict] = OrderedDict()

    def of(self, key: str, rule: Rule) -> Verdict:
        """What ``rule`` drops alone; ``key`` says with which options."""
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        mask = rule.drops(self._signals, np.ones(len(self._signals), dtype=bool))
        verdict = Verdict(
            bits=np.packbits(mask, bitorder="little"),
            num_documents=len(mask),
            amount=self.measure.of(np.flatnonzero(mask)),
            thresholds=rule.thresholds(),
        )
        self._known[key] = verdict
        most = max(1, _MAX_BYTES // max(1, len(verdict.bits)))
        while len(self._known) > most:
            self._known.popitem(last=False)
        return verdict


def options_key(name: str, rules: RulesPart, routes: Mapping[str, RulesPart]) -> str:
    """Equal for equal options of a rule, those of its routes included."""
    ways = {"": rules, **routes}
    return name + "".join(
        f"\n{code} {getattr(one, name).model_dump_json()}" for code, one in ways.items()
    )
