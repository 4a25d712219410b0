"""Whether a tokenizer is one that tiktoken can be: byte-level BPE cut by one known pattern.

The rule is about the structure of the tokenizer and is sufficient: the same pattern cuts the same
words in both libraries (their classes of characters agree, which a test holds, but for
`NEW_NUMBERS`), and merges and ranks join the same bytes (``ranks`` says why). Whatever is not known
here is not expressed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import tokenizers

from training.specs.tokenizer_parts import Digits, PreTokenizer
from training.tokenizers.patterns import (
    GPT2,
    IN_THREES,
    ONE_BY_ONE,
    gpt2_after_digits,
    word_pattern,
)
from training.tokenizers.ranks import (
    as_bytes,
    last_join_of_ranks,
    ranks_of_merges,
)

_PATTERNS = {
    word_pattern(kind, digits, is_han_apart=is_apart)
    for kind in list(PreTokenizer)[1:]
    for digits in list(Digits)[1:]
    for is_apart in (False, True)
}
#: Numbers to the step ``Digits`` of tokenizers, and none yet to the patterns of either library.
NEW_NUMBERS = re.compile("[\U00011de0-\U00011de9\U00016ff4-\U00016ff6]")
#: Options of the model under which pairs are not what is joined, or not always.
_UNLIKE = ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback")


@dataclass(frozen=True)
class Expressed:
    """A tokenizer as tiktoken has it; ``ids[rank]`` is the id of a token.

    Texts with a match of ``unlike`` are cut in another way.
    """

    pattern: str
    ranks: dict[bytes, int]
    ids: npt.NDArray[np.int64]
    unlike: re.Pattern[str] | None = None


class NotExpressedError(Exception):
    """Why a tokenizer cannot be expressed, as the end of a sentence."""


def expressed(tokenizer: tokenizers.Tokenizer) -> Expressed:
    """The same tokenizer as pattern and ranks; NotExpressedError says what stands in the way."""
    data: dict[str, Any] = json.loads(tokenizer.to_str())
    if any(not token["special"] for token in data["added_tokens"]):
        raise NotExpressedError("it has added tokens that are found in every text")
    pattern = _pattern(data["pre_tokenizer"])
    model = data["model"]
    if model["type"] != "BPE" or any(model.get(name) for name in _UNLIKE):
        raise NotExpressedError("it is no plain byte-level BPE")
    ranks = _ranks(model)
    table = np.zeros(max(ranks.values()) + 1, dtype=np.int64)
    characters = {as_bytes(piece): index for piece, index in model["vocab"].items()}
    for token, rank in ranks.items():
        table[rank] = characters[token]
    has_digits = '"Digits"' in json.dumps(data["pre_tokenizer"])
    return Expressed(pattern, ranks, table, NEW_NUMBERS if has_digits else None)


def _ranks(model: dict[str, Any]) -> dict[bytes, int]:
    vocab = {as_bytes(piece) for piece in model["vocab"]}
    if any(bytes([byte]) not in vocab for byte in range(256)):
        raise NotExpressedError("it has no piece for every byte")
    merges = []
    for left, right in model["merges"]:
        pair = (as_bytes(left), as_bytes(right))
        if pair[0] is None or pair[1] is None:
            raise NotExpressedError("its merges are no bytes")
        merges.append((pair[0], pair[1]))
    ranks = ranks_of_merges(merges)
    if model.get("ignore_merges"):
        _add_whole(ranks, vocab)
    return ranks


def _add_whole(ranks: dict[bytes, int], vocab: set[bytes | None]) -> None:
    """Tokens that no merge makes and that are taken where they are a word by themselves."""
    following = max(ranks.values()) + 1
    whole = sorted(token for token in vocab if token and token not in ranks)
    ranks |= {token: following + place for place, token in enumerate(whole)}
    if any(last_join_of_ranks(token, ranks) is not None for token in whole):
        raise NotExpressedError("its merges leave pieces apart that ranks would join")


def _pattern(cuts: dict[str, Any] | None) -> str:
    """The one pattern that does what the cuts do."""
    steps = (cuts or {}).get("pretokenizers", [cuts]) if cuts else []
    *before, last = steps or [{}]
    if last.get("type") != "ByteLevel" or last.get("add_prefix_space"):
        raise NotExpressedError("it does not cut texts as byte-level BPE does")
    pattern = ""
    if not last.get("use_regex", True):
        pattern = _split(before[0]) if len(before) == 1 else ""
        pattern = pattern if pattern in _PATTERNS else ""
    elif not before:
        pattern = GPT2
    elif len(before) == 1:
        number = ONE_BY_ONE if _are_digits(before[0]) else _split(before[0])
        pattern = gpt2_after_digits(number) if number in (ONE_BY_ONE, IN_THREES) else ""
    if not pattern:
        raise NotExpressedError("it cuts texts by a pattern that is not known here")
    return pattern


def _are_digits(step: dict[str, Any]) -> bool:
    return step.get("type") == "Digits" and bool(step.get("individual_digits"))


def _split(step: dict[str, Any]) -> str:
    """The expression whose matches a step takes apart; empty for another step."""
    is_isolating = step.get("behavior") == "Isolated" and not step.get("invert")
    return str(step.get("pattern", {}).get("Regex", "")) if is_isolating else ""
