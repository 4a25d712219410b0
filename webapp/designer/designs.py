"""A design: the model part of a training draft, read and judged; nothing of it is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from training.planning.plan import ASSUMED_VOCAB_SIZE
from training.registry import MODEL_PRESETS
from training.specs.model import ModelSpec
from webapp.builder.checking import Finding, Findings, check
from webapp.builder.choices import Choices
from webapp.builder.drafts import Draft, Step
from webapp.builder.values import is_shallow
from webapp.jobs.models import Job

VERB, PART = "train", "model"
#: Start of the names of its fields.
PREFIX = f"{VERB}.{PART}"
#: A design in a hidden field or an address is a few hundred characters.
_MAX_CHARS = 8_000


@dataclass(frozen=True)
class Named:
    """A design with a name: what another one is laid beside."""

    title: str
    values: dict[str, Any]

    @property
    def text(self) -> str:
        """As a hidden field holds it."""
        return json.dumps({"title": self.title, "model": self.values}, sort_keys=True)

    @property
    def spec(self) -> ModelSpec | None:
        """Its spec, with a vocabulary; None where it cannot be built."""
        return spec_of(self.values)


def new_design() -> Draft:
    """An untouched one."""
    return Draft(VERB, [Step(VERB)])


def model_values(draft: Draft) -> dict[str, Any]:
    """What was chosen so far."""
    found = draft.steps[0].values.get(PART)
    return found if isinstance(found, dict) else {}


def judged(draft: Draft) -> Findings:
    """Problems and doubts of the model alone; what a run still lacks is told by the builder."""
    found = check(draft, Choices())
    return Findings(
        problems=[one for one in found.problems if _is_of_model(one)],
        doubts=[one for one in found.doubts if _is_of_model(one)],
        specs=found.specs,
    )


def _is_of_model(finding: Finding) -> bool:
    return finding.name == PREFIX or finding.name.startswith(f"{PREFIX}.")


def spec_of(values: Mapping[str, Any]) -> ModelSpec | None:
    """A resolved spec with a vocabulary, assumed where none is given; None when it is refused."""
    try:
        spec = ModelSpec.model_validate(dict(values))
    except ValidationError:
        return None
    if any(spec.all_problems()):
        return None
    return spec.resolve().replace(vocab_size=spec.vocab_size or ASSUMED_VOCAB_SIZE)


def read_named(text: str) -> Named | None:
    """What ``Named.text`` wrote; None for anything else."""
    if not text or len(text) > _MAX_CHARS:
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("model"), dict):
        return None
    return Named(str(data.get("title", ""))[:120], data["model"]) if is_shallow(data, 6) else None


def preset_named(name: str) -> Named | None:
    """A preset of the registry."""
    row = MODEL_PRESETS.get(name)
    return Named(row.name, row.load().model_dump(mode="json")) if row else None


def run_named(job: Job) -> Named | None:
    """The architecture of a run that has one of its own; of a base it is not known here."""
    values = job.spec.get(PART)
    if job.spec.get("base") or not isinstance(values, dict):
        return None
    return Named(job.title, values)
