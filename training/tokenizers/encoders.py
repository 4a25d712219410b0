"""What encodes a corpus: tiktoken where its ids are provably the tokenizer's own, else tokenizers.

tiktoken is several times as fast. It is taken when the tokenizer's structure allows it
(``expressed``), and only after both gave the same ids for texts of many scripts and for a sample
of the corpus. Texts without a border within `SAFE_CHARACTERS` go to tokenizers: a run of a million
spaces is more than tiktoken's regular expressions bear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import tokenizers

from training.tokenizers.encode import Ids, encode_texts, pieces_of
from training.tokenizers.expressed import Expressed, NotExpressedError, expressed
from training.tokenizers.probe import TEXTS

SAFE_CHARACTERS = 100_000


class Library(StrEnum):
    """Who encodes."""

    TIKTOKEN = "tiktoken"
    TOKENIZERS = "tokenizers"


class Encoder(Protocol):
    """Gives the ids of texts, as the tokenizer has them."""

    library: Library

    def encode(self, texts: Iterable[str]) -> Iterator[Ids]:
        """The ids of each text, in order; no special tokens are added or recognised."""


@dataclass(frozen=True)
class Choice:
    """The encoder of a tokenizer, and why it is not the faster one; empty where it is."""

    encoder: Encoder
    why: str = ""


class LibraryEncoder:
    """Encodes with tokenizers."""

    library = Library.TOKENIZERS

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        self._tokenizer = tokenizer

    def encode(self, texts: Iterable[str]) -> Iterator[Ids]:
        """As `encode_texts`."""
        return encode_texts(self._tokenizer, texts)


class TiktokenEncoder:
    """Encodes with tiktoken; the same ids."""

    library = Library.TIKTOKEN

    def __init__(self, tokenizer: tokenizers.Tokenizer, found: Expressed) -> None:
        import tiktoken

        self._tokenizer = tokenizer
        self._normalizer: Any = tokenizer.normalizer
        self._ids, self._unlike = found.ids, found.unlike
        self._encoding = tiktoken.Encoding(
            "corpus", pat_str=found.pattern, mergeable_ranks=found.ranks, special_tokens={}
        )

    def encode(self, texts: Iterable[str]) -> Iterator[Ids]:
        """As `encode_texts`."""
        for text in texts:
            pieces = pieces_of(self._tokenizer, text, SAFE_CHARACTERS)
            found = [self._encode(piece) for _, piece in pieces]
            yield found[0] if len(found) == 1 else np.concatenate(found)

    def _encode(self, piece: str) -> Ids:
        # The pieces of a text are a little longer than asked for: up to the next border.
        plain = self._normalizer.normalize_str(piece) if self._normalizer else piece
        is_unlike = self._unlike and not plain.isascii() and self._unlike.search(plain)
        if is_unlike or len(plain) > 2 * SAFE_CHARACTERS:
            return next(encode_texts(self._tokenizer, [piece]))
        ranks = np.array(self._encoding.encode_ordinary(plain), dtype=np.int64)
        return self._ids[ranks]


def choose_encoder(tokenizer: tokenizers.Tokenizer, sample: Iterable[str] = ()) -> Choice:
    """The faster encoder, if it is equal by structure and on the texts; else the library's."""
    plain = LibraryEncoder(tokenizer)
    try:
        fast = TiktokenEncoder(tokenizer, expressed(tokenizer))
    except NotExpressedError as error:
        return Choice(plain, str(error))
    texts = [*TEXTS, *sample]
    for ours, theirs in zip(fast.encode(texts), plain.encode(texts), strict=True):
        if not np.array_equal(ours, theirs):
            return Choice(plain, "tiktoken gives other ids for a text of the sample")
    return Choice(fast)


def open_encoder(tokenizer: tokenizers.Tokenizer, library: Library) -> Encoder:
    """The encoder that was chosen before, in another process."""
    if library == Library.TIKTOKEN:
        return TiktokenEncoder(tokenizer, expressed(tokenizer))
    return LibraryEncoder(tokenizer)
