"""What a comparison of tokenizers found, as its page has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.folder.atomic import read_json
from training.units import format_count
from webapp.corpora.templatetags.corpora import percent
from webapp.jobs.models import Artifact

_FILE = "comparison.json"
#: What reading says when a part is missing, or is not what it should be.
_NO_COMPARISON = (LookupError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True)
class Figure:
    """One figure: how it is called and written, and which value is best (None: no matter)."""

    label: Promise
    key: str
    write: Callable[[float], str]
    best: Callable[[list[float]], float] | None = None


FIGURES = (
    Figure(_("Pieces"), "vocab_size", format_count),
    Figure(_("Tokens"), "tokens", format_count, min),
    Figure(_("Tokens per character"), "tokens_per_character", "{:.3f}".format, min),
    Figure(_("Tokens per word"), "tokens_per_word", "{:.2f}".format, min),
    Figure(_("Bytes per token"), "bytes_per_token", "{:.2f}".format, max),
    Figure(_("Unknown tokens"), "unknown_fraction", percent, min),
    Figure(_("Tokens that are parts of characters"), "partial_fraction", percent, min),
    Figure(_("Cost of training"), "training_ratio", "× {:.2f}".format, min),
    Figure(_("Cost of generation"), "generation_ratio", "× {:.2f}".format, min),
)


@dataclass(frozen=True)
class Group:
    """One source or language: its size, and a figure of each tokenizer with the best marked."""

    name: str
    num_bytes: int
    figures: list[tuple[float, bool]]


@dataclass(frozen=True)
class Row:
    """One figure of every tokenizer as people read it, and which is best."""

    label: Promise
    values: list[tuple[str, bool]]


@dataclass(frozen=True)
class Comparison:
    """What a comparison found, as the page has it."""

    data: dict[str, Any]
    rows: list[Row]
    by_source: list[Group]
    by_language: list[Group]

    @property
    def tokenizers(self) -> list[dict[str, Any]]:
        """One entry each, in the order in which they were named."""
        return list(self.data["tokenizers"])


def comparison_of(artifact: Artifact) -> Comparison | None:
    """What it found; None when its file is gone, damaged or not one of ours."""
    data = read_json(artifact.folder / _FILE)
    try:
        return Comparison(
            data, list(_rows(data)), _groups(data, "by_source"), _groups(data, "by_language")
        )
    except _NO_COMPARISON:
        return None


def _rows(data: dict[str, Any]) -> Iterator[Row]:
    tokenizers = data["tokenizers"]
    yield Row(_("Kind"), [(str(one["kind"]), False) for one in tokenizers])
    for figure in FIGURES:
        values = [float({**one, **one["total"]}[figure.key]) for one in tokenizers]
        best = figure.best(values) if figure.best else None
        yield Row(figure.label, _marked([figure.write(value) for value in values], values, best))
    all_han = int(data["text"]["distinct_han"])
    if all_han:
        counts = [float(one["han"]["distinct"]) for one in tokenizers]
        written = [f"{format_count(count)} / {format_count(all_han)}" for count in counts]
        label = _("Chinese characters in one piece")
        yield Row(label, _marked(written, counts, max(counts)))


def _marked(written: list[str], values: list[float], best: float | None) -> list[tuple[str, bool]]:
    """With the best marked; where all are equal, none is better."""
    is_told = len(set(values)) > 1
    return [(text, is_told and v == best) for text, v in zip(written, values, strict=True)]


def _groups(data: dict[str, Any], name: str) -> list[Group]:
    found = []
    for label, text in data["text"][name].items():
        figures = [float(one[name][label]["tokens_per_word"]) for one in data["tokenizers"]]
        best = min(figures)
        marked = [(figure, figure == best) for figure in figures]
        found.append(Group(label, int(text["num_bytes"]), marked))
    return found
