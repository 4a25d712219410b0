"""Applies rules to signals and tells, rule by rule, what was dropped: the funnel.

Every rule is applied to every document, so each has two figures: *marginal*, what it would drop
alone, and *dropped*, what it drops of what the rules before it kept. Instant: no text is read, and
of rules whose options were seen before (`verdicts`) no column either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.amounts import Amount, Int64, Measure
from training.corpus.keeping import AlwaysKept
from training.corpus.rules.duplicates import KeptCopy
from training.corpus.rules.routed import NEVER_ROUTED, Routed, Way
from training.corpus.rules.rule import Mask, Rule
from training.corpus.signals.table import SignalTable
from training.corpus.verdicts import Verdicts, options_key
from training.registry import RULES
from training.specs.rule_parts import RulePart
from training.specs.rules import RulesPart

NUM_EXAMPLES = 5
#: Language -> the rules for its documents.
Routes = Mapping[str, RulesPart]
_NO_ROUTES: Routes = {}
_NO_MARKS = AlwaysKept()
_NOBODY: Int64 = np.empty(0, dtype=np.int64)


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
    signal: str
    is_on: bool
    #: It is on and drops nothing: what it looks at must be computed first, which re-runs.
    needs_run: bool
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
    #: What rules drop and is kept all the same, because somebody marked it.
    always_kept: Amount
    rules: list[RuleOutcome]
    is_kept: Mask
    #: Place in ``rules`` of the rule that drops a document [N], also where it is kept all the same;
    #: -1 where none does.
    dropped_by: npt.NDArray[np.int16]

    def left_before(self, place: int) -> Mask:
        """[N] what the rules before the one at ``place`` keep."""
        left: Mask = (self.dropped_by < 0) | (self.dropped_by >= place)
        return left

    def as_dict(self) -> dict[str, Any]:
        """``funnel.json``: everything but what there is per document."""
        return {
            "total": asdict(self.total),
            "kept": asdict(self.kept),
            "always_kept": asdict(self.always_kept),
            "rules": [asdict(outcome) for outcome in self.rules],
        }


def apply_rules(
    signals: SignalTable,
    rules: RulesPart,
    routes: Routes = _NO_ROUTES,
    *,
    num_examples: int = NUM_EXAMPLES,
    verdicts: Verdicts | None = None,
    keep: AlwaysKept = _NO_MARKS,
) -> Funnel:
    """Apply all rules that are on, in the order of the fields of ``rules``.

    ``routes`` has other rules for the documents of some languages; ``keep`` is what stays whatever
    the rules say; ``verdicts`` what was found out of the same signals before, and how to count.
    """
    verdicts = verdicts or Verdicts(signals, Measure(signals))
    measure = verdicts.measure
    survivors: Mask = np.ones(len(signals), dtype=bool)
    dropped_by = np.full(len(signals), -1, dtype=np.int16)
    outcomes = []
    left = total = measure.everything()
    for place, (name, rule, is_on) in enumerate(rules_of(rules, routes)):
        marginal = dropped = measure.nothing
        thresholds, gone = rule.thresholds(), _NOBODY
        is_ready = rule.is_ready(signals)
        if is_on and is_ready:
            alone = verdicts.of(options_key(name, rules, routes), rule)
            marginal, thresholds = alone.amount, alone.thresholds
            # Only a choice among copies looks at who is left.
            mask = rule.drops(signals, survivors) if isinstance(rule, KeptCopy) else alone.mask
            gone = np.flatnonzero(mask & survivors)
            dropped = measure.of(gone)
            survivors[gone] = False
            dropped_by[gone] = place
        left -= dropped
        outcomes.append(
            RuleOutcome(
                rule=name,
                title=RULES[name].title,
                signal=rule.signal,
                is_on=is_on,
                needs_run=is_on and not is_ready,
                thresholds=thresholds,
                marginal=marginal,
                dropped=dropped,
                cumulative=total - left,
                examples=_examples(signals, rule, gone[:num_examples]),
            )
        )
    marked = keep.places(signals)
    back = marked[~survivors[marked]]
    survivors[back] = True
    always = measure.of(back)
    return Funnel(total, left + always, always, outcomes, survivors, dropped_by)


def rules_of(rules: RulesPart, routes: Routes = _NO_ROUTES) -> Iterator[tuple[str, Rule, bool]]:
    """(name, rule, whether it is on) in the order in which they are applied."""
    for name in type(rules).model_fields:
        way = _way(rules, name)
        if not routes or name in NEVER_ROUTED:
            yield name, way.rule, way.is_on
            continue
        ways = {language: _way(others, name) for language, others in routes.items()}
        routed = Routed(way, ways)
        yield name, routed, routed.is_on


def _way(rules: RulesPart, name: str) -> Way:
    options: RulePart = getattr(rules, name)
    return Way(RULES[name].load()(options), options.is_on)


def _examples(signals: SignalTable, rule: Rule, dropped: Int64) -> list[Example]:
    return [
        Example(
            index=int(index),
            doc_id=signals.doc_id(int(index)),
            source=signals.source_names[signals.sources[index]],
            value=_value(signals, rule.signal, int(index)),
            reason=rule.reason(signals, int(index)),
        )
        for index in dropped
    ]


def _value(signals: SignalTable, signal: str, index: int) -> float | str:
    if signal in signals.values:
        return float(signals.values[signal][index])
    if signal in signals.clusters:
        return signals.doc_id(int(signals.clusters[signal][index]))
    return "".join(f"{int(half):016x}" for half in signals.text_hashes[index])
