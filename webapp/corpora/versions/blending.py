"""A mixture worked out: shares of sources with and without weights, and epochs for a budget."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from training.specs.weights import MOST_WEIGHT

#: Shares of tokens in published mixtures of general models, in per cent, by label of the source.
USUAL: dict[str, tuple[int, int]] = {
    "web": (60, 70),
    "books": (10, 15),
    "academic": (5, 10),
    "news": (5, 10),
    "reference": (2, 5),
    "code": (5, 10),
}
DEFAULT_BUDGET = 1_000_000_000
_MOST_BUDGET = 10**15
_SUFFIXES = {"k": 10**3, "m": 10**6, "b": 10**9, "g": 10**9, "t": 10**12}
WEIGHT = "weight."


@dataclass(frozen=True)
class Blend:
    """What the address asks: a weight for each source that has not 1, and a budget of tokens."""

    weights: dict[str, float]
    budget: int = DEFAULT_BUDGET
    typed: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def query(self, stored: dict[str, float]) -> str:
        """The weights that differ from the stored ones, as an address has them."""
        parameters = QueryDict(mutable=True)
        for source in sorted({*self.weights, *stored}):
            weight = self.weights.get(source, 1.0)
            if weight != stored.get(source, 1.0):
                parameters[f"{WEIGHT}{source}"] = f"{weight:g}"
        return parameters.urlencode()


@dataclass(frozen=True)
class Part:
    """One source. Shares are of tokens; ``epochs`` is how often it is read within the budget."""

    source: str
    documents: int
    num_bytes: int
    tokens: int
    languages: str
    licences: str
    usual: tuple[int, int] | None
    share: float
    weight: str
    weighted_share: float
    epochs: float
    problem: str
    is_always_kept: bool

    @property
    def verdict(self) -> str:
        """How the weighted share stands to the usual range: "", "below", "within", "above"."""
        if self.usual is None:
            return ""
        percent = round(100 * self.weighted_share, 1)
        low, high = self.usual
        return "below" if percent < low else "above" if percent > high else "within"


def read_blend(parameters: QueryDict, stored: dict[str, float]) -> Blend:
    """Anything may come in; what cannot be meant is told in ``problems`` and left as stored."""
    weights, typed, problems = dict(stored), {}, {}
    for name in parameters:
        if not name.startswith(WEIGHT):
            continue
        source, text = name.removeprefix(WEIGHT), parameters.get(name, "").strip()
        typed[source] = text
        weight = _number(text)
        if weight is None or not 0 <= weight <= MOST_WEIGHT:
            told = _("A weight is a number from 0 to %(most)g; got %(text)s.")
            problems[source] = told % {"most": MOST_WEIGHT, "text": repr(text[:40])}
        else:
            weights[source] = weight
    budget = DEFAULT_BUDGET
    if "budget" in parameters:
        asked = parameters.get("budget", "")
        found = _count(asked)
        if found is None:
            told = _("A budget is a number of tokens such as 300M or 20B; got %(text)s.")
            problems["budget"] = told % {"text": repr(asked[:40])}
            typed["budget"] = asked
        else:
            budget = found
    kept = {source: weight for source, weight in weights.items() if weight != 1.0}
    return Blend(kept, budget, typed, problems)


def parts_of(
    sources: list[dict[str, Any]],
    blend: Blend,
    always_kept: tuple[str, ...],
    other_tokens: int = 0,
) -> list[Part]:
    """Every source with its shares; amounts have tokens already.

    ``other_tokens`` are those of sources that are not told one by one: their weight is 1.
    """
    total = other_tokens + sum(row["kept"]["tokens"] for row in sources)
    weights = [blend.weights.get(row["source"], 1.0) for row in sources]
    one_pass = other_tokens + sum(
        weight * row["kept"]["tokens"] for weight, row in zip(weights, sources, strict=True)
    )
    passes = blend.budget / one_pass if one_pass else 0.0
    return [
        Part(
            source=row["source"],
            documents=row["kept"]["documents"],
            num_bytes=row["kept"]["bytes"],
            tokens=row["kept"]["tokens"],
            languages=_languages(row),
            licences=", ".join(row["licences"]),
            usual=USUAL.get(row["source"].lower()),
            share=row["kept"]["tokens"] / total if total else 0.0,
            weight=blend.typed.get(row["source"], f"{weight:g}"),
            weighted_share=weight * row["kept"]["tokens"] / one_pass if one_pass else 0.0,
            epochs=passes * weight if row["kept"]["tokens"] else 0.0,
            problem=blend.problems.get(row["source"], ""),
            is_always_kept=row["source"] in always_kept,
        )
        for weight, row in zip(weights, sources, strict=True)
    ]


def _languages(row: dict[str, Any]) -> str:
    total = max(1, row["kept"]["documents"])
    return ", ".join(
        f"{code or '–'} {100 * number / total:.0f} %" for code, number in row["languages"]
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _count(text: str) -> int | None:
    """ "300M" as 300,000,000; None for what is no such number, or too large to mean one."""
    text = text.strip().replace(",", "").lower()
    scale = _SUFFIXES.get(text[-1:], 1)
    number = _number(text.rstrip("kmbgt") if scale > 1 else text)
    if number is None or not 1 <= number * scale <= _MOST_BUDGET:
        return None
    return int(number * scale)
