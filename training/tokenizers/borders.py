"""Where a very long text may be cut so that its pieces encode to the ids of the whole.

A border is a single space between a letter or digit and a letter, or a line end between something
that is no white space and a letter. What cuts words there anyway is known by the parts
of the tokenizer; texts of a tokenizer with other parts are not cut.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import tokenizers

from training.specs.tokenizer_parts import Digits, PreTokenizer
from training.tokenizers.patterns import IN_THREES, word_pattern

SPACE = "▁"
_SPACES = r"(?<=[^\W_])(?= [^\W\d_])"
_LINES = r"(?<=\S\n)(?=[^\W\d_])"
_BOTH = re.compile(f"{_SPACES}|{_LINES}")
_ONLY_SPACES = re.compile(_SPACES)
#: Steps that cut words at every border, and steps that cut further.
_CUTTING = {"BertPreTokenizer", "WhitespaceSplit", "Whitespace"}
_FURTHER = {"Digits", "Punctuation", "UnicodeScripts"}
#: Normalisers that look at no more than a character and the marks after it.
_LOCAL = {
    "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "BertNormalizer", "Precompiled",
    "Nmt",
}  # fmt: skip


@dataclass(frozen=True)
class Borders:
    """The pattern of a place between two pieces; None for a tokenizer whose texts stay whole."""

    pattern: re.Pattern[str] | None
    #: The space at the border is dropped: the tokenizer puts one in front of every piece.
    drops_space: bool = False


def borders_of(tokenizer: tokenizers.Tokenizer) -> Borders:
    """Read off the tokenizer's normaliser and cuts."""
    normalizers = _steps(tokenizer.normalizer, "normalizers")
    cuts = _steps(tokenizer.pre_tokenizer, "pretokenizers")
    if _is_metaspace(normalizers, cuts):
        return _of_metaspace(tokenizer, normalizers, cuts)
    if not all(step.get("type") in _LOCAL for step in normalizers):
        return Borders(None)
    if not all(_is_known(step) for step in cuts) or not any(_is_cutting(step) for step in cuts):
        return Borders(None)
    has_prefix = any(step.get("add_prefix_space") for step in cuts)
    return Borders(_ONLY_SPACES if has_prefix else _BOTH)


def _is_known(step: dict[str, Any]) -> bool:
    is_further = step.get("type") in {*_FURTHER, "ByteLevel"} or _pattern(step) == IN_THREES
    return is_further or _is_cutting(step)


def _is_cutting(step: dict[str, Any]) -> bool:
    kind = step.get("type")
    if kind == "Split":
        return _pattern(step) in _PATTERNS
    return kind in _CUTTING or (kind == "ByteLevel" and bool(step.get("use_regex", True)))


def _pattern(step: dict[str, Any]) -> str | None:
    """What a step isolates the matches of."""
    is_isolating = step.get("behavior") == "Isolated" and not step.get("invert")
    pattern: str | None = step.get("pattern", {}).get("Regex") if is_isolating else None
    return pattern


def _is_metaspace(normalizers: list[dict[str, Any]], cuts: list[dict[str, Any]]) -> bool:
    return any(step.get("type") == "Metaspace" for step in cuts) or any(
        step.get("type") == "Replace" and step.get("content") == SPACE for step in normalizers
    )


def _of_metaspace(
    tokenizer: tokenizers.Tokenizer, normalizers: list[dict[str, Any]], cuts: list[dict[str, Any]]
) -> Borders:
    """SentencePiece's: words begin with the stand-in for a space, which no piece has inside."""
    if any(SPACE in piece.lstrip(SPACE) for piece in tokenizer.get_vocab()):
        return Borders(None)
    local = {*_LOCAL, "Prepend", "Replace", "Strip"}
    if not all(step.get("type") in local for step in normalizers):
        return Borders(None)
    if not all(step.get("type") in {"Metaspace", *_FURTHER} for step in cuts):
        return Borders(None)
    if any(step.get("type") == "Prepend" for step in normalizers):
        return Borders(_ONLY_SPACES, drops_space=True)
    schemes = {step.get("prepend_scheme", "never") for step in cuts}
    strips = any(step.get("type") == "Strip" for step in normalizers)
    if strips:
        return Borders(_ONLY_SPACES, drops_space=True) if schemes == {"always"} else Borders(None)
    return Borders(_ONLY_SPACES)


def _steps(part: Any, name: str) -> list[dict[str, Any]]:
    """The parts of a sequence, or the one part, as plain data."""
    if part is None:
        return []
    data: dict[str, Any] = json.loads(part.__getstate__())
    inner = data.get(name)
    return inner if isinstance(inner, list) else [data]


#: Patterns of our own: they cut at every border.
_PATTERNS = {
    word_pattern(kind, digits, is_han_apart=is_apart)
    for kind in list(PreTokenizer)[1:]
    for digits in list(Digits)[1:]
    for is_apart in (False, True)
}
