"""Applies rules to signals and tells, rule by rule, what was dropped: the funnel.

Every rule is applied to every document, so each has two figures: *marginal*, what it would drop
alone, and *dropped*, what it drops of what the rules before it kept. Instant: no text is read.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.corpus.rules.rule import Mask, Rule
from training.corpus.signals.table import SignalTable
from training.registry import RULES
from training.specs.clean import RulePart, RulesPart

NUM_EXAMPLES = 5


@dataclass(frozen=True)
class Amount:
    """A number of documents and their bytes of text."""

    documents: int
    bytes: int


@dataclass(frozen=True)
class Example:
    """A dropped document: its place in the corpus, its id, and why it went."""

    index: int
    doc_id: str
    source: str
    value: float | str
    reason: str


@dataclass(frozen=True)
class RuleOutcome:
    """One line of the funnel. ``cumulative`` is dropped by this rule and those before it."""

    rule: str
    title: str
    is_on: bool
    thresholds: dict[str, Any]
    marginal: Amount
    dropped: Amount
    cumulative: Amount
    examples: list[Example]


@dataclass(frozen=True)
class Funnel:
    """What came in, what each rule dropped in stated order, what is kept."""

    total: Amount
    kept: Amount
    rules: list[RuleOutcome]
    is_kept: Mask

    def as_dict(self) -> dict[str, Any]:
        """``funnel.json``: everything but the mask."""
        return {
            "total": asdict(self.total),
            "kept": asdict(self.kept),
            "rules": [asdict(outcome) for outcome in self.rules],
        }


def apply_rules(signals: SignalTable, rules: RulesPart) -> Funnel:
    """Apply all rules that are on, in the order of the fields of ``rules``."""
    everything = np.ones(len(signals), dtype=bool)
    survivors = everything
    outcomes = []
    for name in type(rules).model_fields:
        options: RulePart = getattr(rules, name)
        rule: Rule = RULES[name].load()(options)
        nothing = np.zeros(len(signals), dtype=bool)
        marginal = rule.drops(signals, everything) if options.is_on else nothing
        dropped = rule.drops(signals, survivors) & survivors if options.is_on else nothing
        survivors = survivors & ~dropped
        outcomes.append(
            RuleOutcome(
                rule=name,
                title=RULES[name].title,
                is_on=options.is_on,
                thresholds=rule.thresholds(),
                marginal=_amount(signals, marginal),
                dropped=_amount(signals, dropped),
                cumulative=_amount(signals, ~survivors),
                examples=_examples(signals, rule, dropped),
            )
        )
    return Funnel(_amount(signals, everything), _amount(signals, survivors), outcomes, survivors)


def _amount(signals: SignalTable, mask: Mask) -> Amount:
    return Amount(int(mask.sum()), int(signals.values["num_bytes"][mask].sum()))


def _examples(signals: SignalTable, rule: Rule, dropped: Mask) -> list[Example]:
    return [
        Example(
            index=int(index),
            doc_id=signals.doc_id(int(index)),
            source=signals.source_names[signals.sources[index]],
            value=_value(signals, rule.signal, int(index)),
            reason=rule.reason(signals, int(index)),
        )
        for index in np.flatnonzero(dropped)[:NUM_EXAMPLES]
    ]


def _value(signals: SignalTable, signal: str, index: int) -> float | str:
    if signal in signals.values:
        return float(signals.values[signal][index])
    return "".join(f"{int(half):016x}" for half in signals.text_hashes[index])
