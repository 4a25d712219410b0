"""What a version says of itself in its folder: the decision that made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from training.corpus.keeping import AlwaysKept
from training.corpus.weights import read_weights
from training.folder.atomic import read_json
from training.specs.signals import Segmentation
from webapp.jobs.models import Artifact


@dataclass(frozen=True)
class Stored:
    """Rules, presets by language, marks; ``redact`` is None where nobody can tell any more."""

    rules: dict[str, Any] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)
    marks: AlwaysKept = field(default_factory=AlwaysKept)
    redact: list[str] | None = None
    segmentation: str = Segmentation.CHARACTERS.value
    weights: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, artifact: Artifact) -> Stored:
        """Read it; what is not there is as in a version that never had it."""
        info = read_json(artifact.folder / "corpus.json")
        rules = read_json(artifact.folder / "rules.json")
        known = info if isinstance(info, dict) else {}
        return cls(
            rules=rules if isinstance(rules, dict) else {},
            routes=dict(known.get("routes", {})),
            marks=AlwaysKept.read(artifact.folder),
            weights=read_weights(artifact.folder),
            redact=list(known.get("redact", ())) if known else None,
            segmentation=str(known.get("segmentation", Segmentation.CHARACTERS.value)),
        )
