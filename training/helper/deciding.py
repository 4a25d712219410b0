"""A version of a corpus with the rules that are being tried on it: what pages ask about.

What is not named (routes, marks) is as in the version. Opened versions stay open, so that all but
the first question touches columns in memory only.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.corpus.browse import CorpusView, Int64
from training.corpus.funnel import Funnel, Routes, apply_rules, rules_of
from training.corpus.keeping import AlwaysKept
from training.corpus.rules.rule import Mask, Rule
from training.errors import DataError
from training.registry import RULES
from training.specs.clean import CleanSpec
from training.specs.rules import RulesPart

_NUM_OPEN = 6


@dataclass
class Decision:
    """Rules over an opened version; its funnel is worked out when it is asked for."""

    view: CorpusView
    rules: RulesPart
    routes: Routes
    keep: AlwaysKept

    @classmethod
    def asked(
        cls,
        folder: str,
        rules: dict[str, Any],
        routes: dict[str, str] | None = None,
        keep: dict[str, list[str]] | None = None,
    ) -> Decision:
        """What a page asks; SpecError holds every problem."""
        view = open_view(folder)
        spec: dict[str, Any] = {"documents": "stored", "rules": rules, "routes": routes or {}}
        if keep is not None:
            spec |= {"always_keep": keep["doc_ids"], "always_keep_sources": keep["sources"]}
        parsed = CleanSpec.parse(spec)
        return cls(
            view,
            parsed.rules,
            view.routes if routes is None else parsed.route_rules(),
            view.keep if keep is None else AlwaysKept.parsed(keep),
        )

    @classmethod
    def stored(cls, view: CorpusView) -> Decision:
        """What made the version."""
        return cls(view, parse_rules(view.corpus.rules()), view.routes, view.keep)

    @functools.cached_property
    def funnel(self) -> Funnel:
        """What is kept and dropped; rules that were asked before are not asked again."""
        view = self.view
        return apply_rules(
            view.table, self.rules, self.routes, num_examples=0, verdicts=view.verdicts,
            keep=self.keep,
        )  # fmt: skip

    @functools.cached_property
    def switched(self) -> list[tuple[str, Rule, bool]]:
        """(name, rule, whether it is on) in order."""
        return list(rules_of(self.rules, self.routes))

    @functools.cached_property
    def by_name(self) -> dict[str, Rule]:
        """Every rule."""
        return {name: rule for name, rule, _ in self.switched}

    @functools.cached_property
    def marked(self) -> Int64:
        """Places of the documents that are always kept."""
        return self.keep.places(self.view.table)

    def rule(self, name: str) -> Rule | None:
        """The rule of that name, None for no name; DataError when there is none."""
        if name and name not in self.by_name:
            advice = f"Name one of {', '.join(RULES)}."
            raise DataError(f"There is no rule {name!r}.", advice=advice)
        return self.by_name.get(name)

    def alone(self, rule: Rule) -> Mask:
        """What a rule drops of everything: nothing, as long as its column is not there."""
        if not rule.is_ready(self.view.table):
            return np.zeros(len(self.view.table), dtype=bool)
        return rule.drops(self.view.table, np.ones(len(self.view.table), dtype=bool))

    def in_turn(self, name: str) -> Mask:
        """What a rule drops of what those before it leave.

        A choice among copies is made here, so that its reasons name the copy that stays.
        """
        place = list(self.by_name).index(name)
        return self.by_name[name].drops(self.view.table, self.funnel.left_before(place))


def parse_rules(rules: dict[str, Any]) -> RulesPart:
    """Validated rules; SpecError holds every problem."""
    return CleanSpec.parse({"documents": "stored", "rules": rules}).rules


@functools.lru_cache(maxsize=_NUM_OPEN)
def open_view(folder: str) -> CorpusView:
    """Artifacts never change, so an open one is good for as long as the process lives."""
    return CorpusView(Path(folder))
