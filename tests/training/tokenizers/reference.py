"""Byte-level BPE in slow, plain Python, read from tokenizer.json: the encoder's oracle."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import regex

WORDS = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def byte_characters() -> list[str]:
    """GPT-2's printable stand-in for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    table = {byte: chr(byte) for byte in plain}
    table |= {byte: chr(256 + place) for place, byte in enumerate(others)}
    return [table[byte] for byte in range(256)]


class ReferenceTokenizer:
    """Encodes one text by merging the best-ranked pair until none is left."""

    def __init__(self, file: Path) -> None:
        data = json.loads(file.read_text())
        self.vocab = data["model"]["vocab"]
        merges = [tuple(pair) for pair in data["model"]["merges"]]
        self.ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.splits_digits = data["pre_tokenizer"]["type"] == "Sequence"
        self.bytes = byte_characters()

    def encode(self, text: str) -> list[int]:
        parts = regex.split(r"(\p{N})", text) if self.splits_digits else [text]
        return [
            token for part in parts for word in WORDS.findall(part) for token in self._word(word)
        ]

    def _word(self, word: str) -> list[int]:
        pieces = [self.bytes[byte] for byte in word.encode()]
        while len(pieces) > 1:
            pairs = list(itertools.pairwise(pieces))
            best = min(pairs, key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            merged, index = [], 0
            while index < len(pieces):
                if index + 1 < len(pieces) and (pieces[index], pieces[index + 1]) == best:
                    merged.append(pieces[index] + pieces[index + 1])
                    index += 2
                else:
                    merged.append(pieces[index])
                    index += 1
            pieces = merged
        return [self.vocab[piece] for piece in pieces]
