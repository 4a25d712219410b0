"""Tokens of a version: counted by a tokenizer, or an estimate that says what it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from webapp.jobs.models import Artifact

KIND = "tokenizer"
#: Bytes of UTF-8 per token where nothing was measured: English prose and a vocabulary of 32,000.
RULE_OF_THUMB = 4.0
_MAX_TOKENIZERS = 20


@dataclass(frozen=True)
class Estimate:
    """Bytes per token, and a sentence on where the number is from."""

    bytes_per_token: float
    origin: str

    def of(self, num_bytes: int) -> int:
        """Tokens of so many bytes."""
        return round(num_bytes / self.bytes_per_token)


def tokenizers_of(corpus: Artifact) -> list[Artifact]:
    """The newest tokenizers of the project."""
    rows = Artifact.objects.filter(project=corpus.project, kind=KIND).order_by("-created_at")
    return list(rows[:_MAX_TOKENIZERS])


def estimate_of(tokenizers: list[Artifact]) -> Estimate:
    """By the newest tokenizer that was measured on texts; else a rule of thumb."""
    for tokenizer in tokenizers:
        if ratio := float(tokenizer.counts.get("bytes_per_token", 0)):
            told = _("estimated: %(ratio).2f bytes per token, as measured with %(name)s")
            return Estimate(ratio, told % {"ratio": ratio, "name": str(tokenizer)})
    told = _(
        "a rule of thumb: %(ratio)g bytes per token, because this project has no tokenizer yet"
    )
    return Estimate(RULE_OF_THUMB, told % {"ratio": RULE_OF_THUMB})


def with_tokens(amounts: Any, estimate: Estimate) -> Any:
    """A funnel or a mixture in which every amount has tokens: its own, else the estimate."""
    if isinstance(amounts, list):
        return [with_tokens(one, estimate) for one in amounts]
    if not isinstance(amounts, dict):
        return amounts
    if {"documents", "bytes"} <= amounts.keys():
        if amounts.get("tokens") is None:
            return {**amounts, "tokens": estimate.of(amounts["bytes"])}
        return amounts
    return {name: with_tokens(one, estimate) for name, one in amounts.items()}
