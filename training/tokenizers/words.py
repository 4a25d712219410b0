"""Which pieces go on with the word before them, so that whole words can be masked.

A word is a run of letters and digits; a Chinese, Japanese or Korean ideograph or kana is one by
itself, as in BERT's own cutting. What a piece says of its beginning depends on the kind of
tokenizer: ``##`` in WordPiece, ``▁`` for a space in Unigram, ``Ġ`` for a space in byte-level BPE,
of which a piece may also begin in the middle of a character.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tokenizers

Flags = npt.NDArray[np.bool_]
_WORDPIECE, _SPACE = "##", "▁"


@dataclass(frozen=True)
class WordTable:
    """Of each id [V]: whether it begins, and ends, inside a word; whether it always goes on."""

    begins_inside: Flags
    ends_inside: Flags
    goes_on: Flags

    @classmethod
    def of(cls, tokenizer: tokenizers.Tokenizer) -> WordTable:
        """Read off the vocabulary; special tokens are inside no word."""
        size = tokenizer.get_vocab_size(with_added_tokens=True)
        begins, ends, goes_on = (np.zeros(size, dtype=np.bool_) for _ in range(3))
        parts = json.loads(tokenizer.to_str())
        is_bytes = "ByteLevel" in str(parts.get("decoder"))
        is_wordpiece = parts["model"].get("type") == "WordPiece"
        added = tokenizer.get_added_tokens_decoder()
        for piece, number in tokenizer.get_vocab(with_added_tokens=True).items():
            if number < size and number not in added:
                raw, always = _raw(piece, is_bytes)
                begins[number], ends[number], cut = _inside(raw)
                begins[number] &= not is_wordpiece
                goes_on[number] = always or cut
        return cls(begins, ends, goes_on)

    def continues(self, tokens: npt.NDArray[np.int64]) -> Flags:
        """Bool [B, T]: true where a token belongs to the word of the one before it."""
        found = np.zeros(tokens.shape, dtype=np.bool_)
        joins = self.begins_inside[tokens[:, 1:]] & self.ends_inside[tokens[:, :-1]]
        found[:, 1:] = joins | self.goes_on[tokens[:, 1:]]
        return found


def _raw(piece: str, is_bytes: bool) -> tuple[bytes, bool]:
    """What the piece writes, and whether it can only go on with a word."""
    if is_bytes:
        return b"".join(_BYTES.get(one, one.encode()) for one in piece), False
    if piece.startswith(_WORDPIECE) and len(piece) > len(_WORDPIECE):
        rest = piece[len(_WORDPIECE) :]
        return rest.encode(), not _stands_alone(ord(rest[0]))
    if len(piece) == len("<0xFF>") and piece.startswith("<0x"):
        return bytes.fromhex(piece[3:5]), False
    return piece.replace(_SPACE, " ").encode(), False


def _inside(raw: bytes) -> tuple[bool, bool, bool]:
    """(begins inside a word, ends inside one, begins in the middle of a character)."""
    if not raw:
        return False, False, False
    is_cut = 0x80 <= raw[0] < 0xC0
    text = raw.decode("utf-8", errors="replace")
    is_apart = text[0] == "\ufffd" and raw[0] in _APART
    return _joins(text[0]) and not is_apart, _joins(text[-1]), is_cut


def _joins(character: str) -> bool:
    """Whether a word goes on at this character; parts of characters are taken for letters."""
    if character == "\ufffd":
        return True
    if not (character.isalnum() or unicodedata.category(character).startswith("M")):
        return False
    return not _stands_alone(ord(character))


#: First bytes of characters that are mostly ideographs, kana or signs.
_APART = frozenset((*range(0xE2, 0xEA), *range(0xEE, 0x100)))


def _stands_alone(code: int) -> bool:
    return any(first <= code <= last for first, last in _ALONE)


#: Kana, ideographs of Chinese and Japanese with their extensions.
_ALONE = (
    (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF),
)  # fmt: skip


def _byte_of_character() -> dict[str, bytes]:
    """How byte-level tokenizers write bytes: printable ones as they are, the rest from U+0100."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    shown = {chr(byte): bytes([byte]) for byte in printable}
    return shown | {chr(256 + place): bytes([byte]) for place, byte in enumerate(others)}


_BYTES = _byte_of_character()
