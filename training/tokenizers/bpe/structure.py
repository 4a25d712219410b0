"""Whether a tokenizer is byte-level BPE whose texts are cut by a pattern that is known here.

The rule is about the structure of the tokenizer and is sufficient: the same pattern cuts the same
words (what a character is to it is asked of the library itself), and the merges are its own.
Whatever is not known here is left to tokenizers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tokenizers

from training.specs.tokenizer_parts import Digits, PreTokenizer
from training.tokenizers.bpe.characters import Cut
from training.tokenizers.bpe.starts import Merge
from training.tokenizers.patterns import GPT2, IN_THREES, word_pattern
from training.tokenizers.ranks import as_bytes

_CUTS = {
    word_pattern(kind, digits, is_han_apart=is_apart): Cut(kind, digits, is_apart)
    for kind in list(PreTokenizer)[1:]
    for digits in list(Digits)[1:]
    for is_apart in (False, True)
}
#: Options of the model under which pairs are not what is joined, or not always.
_UNLIKE = ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback")
_NUM_BYTES = 256


@dataclass(frozen=True)
class Structure:
    """What a tokenizer is made of: a pattern, ids of pieces, merges in their order.

    ``takes_whole``: a word that is a piece is taken as it is, whatever the merges would make of it.
    ``added``: tokens beside the model, which are found in every text before it is cut.
    """

    cut: Cut
    vocab: Mapping[bytes, int]
    merges: Sequence[Merge]
    takes_whole: bool
    added: tuple[str, ...] = ()


class NotKnownError(Exception):
    """Why a tokenizer is none of these, as the end of a sentence that it begins."""


def structure_of(tokenizer: tokenizers.Tokenizer) -> Structure:
    """What the tokenizer is made of; NotKnownError says what stands in the way."""
    data: dict[str, Any] = json.loads(tokenizer.to_str())
    added = tuple(token["content"] for token in data["added_tokens"] if not token["special"])
    cut = _cut(data["pre_tokenizer"])
    model = data["model"]
    if model["type"] != "BPE" or any(model.get(name) for name in _UNLIKE):
        raise NotKnownError("is no plain byte-level BPE")
    # A piece that is no bytes is never met: special tokens, mostly.
    found = ((as_bytes(piece), index) for piece, index in model["vocab"].items())
    vocab = {token: index for token, index in found if token}
    if any(bytes([byte]) not in vocab for byte in range(_NUM_BYTES)):
        raise NotKnownError("has no piece for every byte")
    return Structure(cut, vocab, _merges(model), bool(model.get("ignore_merges")), added)


def _merges(model: dict[str, Any]) -> list[Merge]:
    merges = []
    for left, right in model["merges"]:
        pair = (as_bytes(left), as_bytes(right))
        if not pair[0] or not pair[1]:
            raise NotKnownError("has merges that are no bytes")
        merges.append((pair[0], pair[1]))
    return merges


def _cut(steps: dict[str, Any] | None) -> Cut:
    """The one pattern that does what the steps do."""
    *before, last = (steps or {}).get("pretokenizers", [steps or {}])
    if last.get("type") != "ByteLevel" or last.get("add_prefix_space"):
        raise NotKnownError("does not cut texts as byte-level BPE does")
    found: Cut | None = None
    if not last.get("use_regex", True):
        found = _CUTS.get(_split(before[0])) if len(before) == 1 else None
    elif not before:
        found = _CUTS[GPT2]
    elif len(before) == 1 and (digits := _digits(before[0])):
        found = Cut(PreTokenizer.GPT2, digits, is_after_digits=True)
    if not found:
        raise NotKnownError("cuts texts by a pattern that is not known here")
    return found


def _digits(step: dict[str, Any]) -> Digits | None:
    """How many digits a step takes apart; None for another step."""
    if step.get("type") == "Digits" and step.get("individual_digits"):
        return Digits.ONE
    return Digits.THREE if _split(step) == IN_THREES else None


def _split(step: dict[str, Any]) -> str:
    """The expression whose matches a step takes apart; empty for another step."""
    is_isolating = step.get("behavior") == "Isolated" and not step.get("invert")
    return str(step.get("pattern", {}).get("Regex", "")) if is_isolating else ""
