"""One explicit table per kind of thing that can be chosen or run; nothing is imported until used.

A row is a name, a title for people and dotted paths ("package.module:attribute"). ``python -m
training list KIND`` prints a table; a test holds every row importable and documented.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from training.errors import Problem, SpecError
from training.registry.corpus import (
    EXTRACTORS,
    PII_KINDS,
    RULE_PRESETS,
    RULES,
    SIGNALS,
    TRANSFORMS,
)
from training.registry.experiments import EXPERIMENTS
from training.registry.learning import (
    ATTENTIONS,
    FEEDFORWARDS,
    MODEL_PRESETS,
    NORMS,
    OBJECTIVES,
    OPTIMIZERS,
    POSITIONS,
    ROW_READERS,
    SCHEDULES,
    TEMPLATES,
    TUNINGS,
    perplexity_kind,
)
from training.registry.objective_row import METRICS, PERPLEXITY, PerplexityKind
from training.registry.row import Row, load_dotted
from training.registry.verbs import (
    VERBS,
)

__all__ = [
    "ATTENTIONS",
    "EXPERIMENTS",
    "EXTRACTORS",
    "FEEDFORWARDS",
    "KINDS",
    "METRICS",
    "MODEL_PRESETS",
    "NORMS",
    "OBJECTIVES",
    "OPTIMIZERS",
    "PERPLEXITY",
    "PII_KINDS",
    "POSITIONS",
    "ROW_READERS",
    "RULES",
    "RULE_PRESETS",
    "SCHEDULES",
    "SIGNALS",
    "TEMPLATES",
    "TRANSFORMS",
    "TUNINGS",
    "VERBS",
    "PerplexityKind",
    "Row",
    "find",
    "load_dotted",
    "perplexity_kind",
    "suggestion",
]

KINDS: dict[str, Mapping[str, Row]] = {
    "verbs": VERBS,
    "experiments": EXPERIMENTS,
    "extractors": EXTRACTORS,
    "signals": SIGNALS,
    "pii_kinds": PII_KINDS,
    "rules": RULES,
    "rule_presets": RULE_PRESETS,
    "transforms": TRANSFORMS,
    "templates": TEMPLATES,
    "row_readers": ROW_READERS,
    "positions": POSITIONS,
    "norms": NORMS,
    "feedforwards": FEEDFORWARDS,
    "attentions": ATTENTIONS,
    "objectives": OBJECTIVES,
    "tunings": TUNINGS,
    "schedules": SCHEDULES,
    "optimizers": OPTIMIZERS,
    "model_presets": MODEL_PRESETS,
}


def find(kind: str, name: str) -> Row:
    """The row ``name`` of table ``kind``; SpecError with the nearest name when there is none."""
    table = KINDS[kind]
    if name in table:
        return table[name]
    raise SpecError(
        [
            Problem(
                field=kind,
                message=f"there is no {name!r} among the {kind}",
                expected=", ".join(sorted(table)),
                hint=suggestion(name, list(table)),
            )
        ]
    )


def suggestion(name: str, known: list[str]) -> str:
    """``"Did you mean 'x'?"`` when a known name is near, else an empty string."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""
