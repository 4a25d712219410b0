"""Encodes texts with a tokenizer that is byte-level BPE; the ids are the tokenizer's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import tokenizers

from training.tokenizers.bpe.characters import roles_of
from training.tokenizers.bpe.cuts import numbers_of
from training.tokenizers.bpe.joins import MOST_BYTES, Pairs, new_pairs
from training.tokenizers.bpe.loop import encode
from training.tokenizers.bpe.starts import starts_of
from training.tokenizers.bpe.structure import Structure, structure_of
from training.tokenizers.bpe.words import new_words, words_of_pieces
from training.tokenizers.encode import Ids, encode_texts, pieces_of

#: A batch and its room stay in a core's cache; longer texts are cut at borders.
_BATCH_CHARACTERS = 200_000


class PairEncoder:
    """Holds the tables of one tokenizer, and the words that it met.

    A text in which a token beside the model stands goes to the library: hardly one does.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        """NotKnownError for a tokenizer that is something else."""
        found = structure_of(tokenizer)
        self._tokenizer = tokenizer
        self._normalizer: Any = tokenizer.normalizer
        self._added = self._pattern_of(found.added)
        self._cut = numbers_of(found.cut)
        self._roles = roles_of(found.cut)
        self._pairs = _pairs(found)
        self._pieces = words_of_pieces(found.vocab if found.takes_whole else {})
        self._words = new_words()

    def encode(self, texts: Iterable[str]) -> Iterator[Ids]:
        """The ids of each text, in order; no special tokens are added or recognised."""
        parts: list[Ids] = []
        for pieces in self._batches(texts):
            found = self._encode([piece for piece, _ in pieces])
            for ids, (_, is_last) in zip(found, pieces, strict=True):
                parts.append(ids)
                if is_last:
                    yield parts[0] if len(parts) == 1 else np.concatenate(parts)
                    parts = []

    def _batches(self, texts: Iterable[str]) -> Iterator[list[tuple[str, bool]]]:
        """Lists of (piece of a text, whether it is the text's last)."""
        batch: list[tuple[str, bool]] = []
        size = 0
        for text in texts:
            pieces = pieces_of(self._tokenizer, text, _BATCH_CHARACTERS)
            for number, (_, piece) in enumerate(pieces, 1):
                batch.append((piece, number == len(pieces)))
                size += len(piece)
                if size >= _BATCH_CHARACTERS:
                    yield batch
                    batch, size = [], 0
        yield batch

    def _encode(self, pieces: list[str]) -> Iterator[Ids]:
        plain = [self._normalized(piece) for piece in pieces]
        others = {
            place
            for place in range(len(pieces) if self._added else 0)
            if self._holds_added(pieces[place]) or self._holds_added(plain[place])
        }
        plain = ["" if place in others else piece for place, piece in enumerate(plain)]
        codes = np.frombuffer("".join(plain).encode("utf-32-le"), dtype=np.uint32)
        ends = np.cumsum([len(piece) for piece in plain], dtype=np.int64)
        ids = np.empty(MOST_BYTES * len(codes), dtype=np.int32)
        tables = (self._pairs, self._pieces, self._words)
        start = 0
        found = encode(codes, ends, self._roles, self._cut, *tables, ids).tolist()
        for place, end in enumerate(found):
            if place in others:
                yield next(encode_texts(self._tokenizer, [pieces[place]]))
            else:
                yield ids[start:end].astype(np.int64)
            start = end

    def _normalized(self, text: str) -> str:
        return self._normalizer.normalize_str(text) if self._normalizer else text

    def _pattern_of(self, added: Iterable[str]) -> re.Pattern[str] | None:
        """Tokens beside the model, as they are written and as they are normalised."""
        texts = {form for token in added for form in (token, self._normalized(token)) if form}
        return re.compile("|".join(map(re.escape, sorted(texts)))) if texts else None

    def _holds_added(self, text: str) -> bool:
        return self._added is not None and self._added.search(text) is not None


def _pairs(found: Structure) -> Pairs:
    triples = [
        (found.vocab[left], found.vocab[right], found.vocab[left + right])
        for left, right in found.merges
    ]
    merges = np.array(triples, dtype=np.int64).reshape(-1, 3)
    return new_pairs(merges, starts_of(found.vocab, found.merges))
