"""What encodes a corpus: loops of our own for byte-level BPE, tokenizers for everything else.

Our own are many times as fast. They are taken when the tokenizer's structure is known
(``bpe.structure``), and only after both gave the same ids for texts of many scripts and for a
sample of the corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
import tokenizers

from training.tokenizers.bpe.structure import NotKnownError
from training.tokenizers.encode import Ids, encode_texts
from training.tokenizers.probe import TEXTS


class Library(StrEnum):
    """Who encodes; the word stands in manifests."""

    TRAINYARD = "trainyard"
    TOKENIZERS = "tokenizers"


class Encoder(Protocol):
    """Gives the ids of texts, as the tokenizer has them."""

    def encode(self, texts: Iterable[str]) -> Iterator[Ids]:
        """The ids of each text, in order; no special tokens are added or recognised."""


@dataclass(frozen=True)
class Choice:
    """The encoder of a tokenizer, and why it is not the faster one; empty where it is."""

    encoder: Encoder
    library: Library
    why: str = ""


class LibraryEncoder:
    """Encodes with tokenizers."""

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        self._tokenizer = tokenizer

    def encode(self, texts: Iterable[str]) -> Iterator[Ids]:
        """As `encode_texts`."""
        return encode_texts(self._tokenizer, texts)


def choose_encoder(tokenizer: tokenizers.Tokenizer, sample: Iterable[str] = ()) -> Choice:
    """The faster encoder, if it is equal by structure and on the texts; else the library's."""
    plain = LibraryEncoder(tokenizer)
    try:
        fast = _fast(tokenizer)
    except NotKnownError as error:
        return Choice(plain, Library.TOKENIZERS, str(error))
    texts = [*TEXTS, *sample]
    for ours, theirs in zip(fast.encode(texts), plain.encode(texts), strict=True):
        if not np.array_equal(ours, theirs):
            return Choice(plain, Library.TOKENIZERS, "has other ids for a text of the sample")
    return Choice(fast, Library.TRAINYARD)


def open_encoder(tokenizer: tokenizers.Tokenizer, library: Library) -> Encoder:
    """The encoder that was chosen before, in another process."""
    return _fast(tokenizer) if library == Library.TRAINYARD else LibraryEncoder(tokenizer)


def _fast(tokenizer: tokenizers.Tokenizer) -> Encoder:
    # Compiled code is loaded where somebody encodes a corpus.
    from training.tokenizers.bpe.encoder import PairEncoder

    return PairEncoder(tokenizer)
