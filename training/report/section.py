"""What a report's section is made of, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from training.report.tables import Table
from training.units import format_bytes, format_count, format_loss, format_seconds

Data = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A drawn chart and the sentence that stands for it where it cannot be seen."""

    title: str
    svg: str
    summary: str


@dataclass(frozen=True)
class Quote:
    """Generated text: ``caption`` says from which prompt and step."""

    caption: str
    prompt: str
    text: str


@dataclass
class Section:
    """One heading and what stands under it, in this order."""

    title: str
    paragraphs: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    code: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.paragraphs or self.tables or self.charts or self.quotes or self.code)


def _optional(render: Callable[[float], str]) -> Callable[[float | None], str]:
    return lambda value: "not measured" if value is None else render(value)


def perplexity_of(result: Data) -> str:
    """exp(loss); None stands for what is beyond the range of numbers."""
    if result["validation_loss"] is not None and result["validation_perplexity"] is None:
        return "too large to write"
    return number(result["validation_perplexity"])


loss = _optional(format_loss)
number = _optional(lambda value: f"{value:.1f}")
seconds = _optional(format_seconds)
size = _optional(format_bytes)
speed = _optional(lambda value: f"{format_count(value)} tokens/s")
