"""A SentencePiece file (tokenizer.model) as plain data: pieces, kinds, and how text is prepared.

Kudo & Richardson 2018. The file is a protocol buffer, of which a few fields are read here, by code
of our own: what comes from elsewhere is not handed to a library before it was looked at.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from training.errors import DataError

MODEL_FILE = "tokenizer.model"
_MAX_BYTES = 64 << 20
#: Every piece is cut in every place when merges are made of scores.
MAX_PIECE_CHARS = 1_024
#: Fields of ModelProto, SentencePiece, TrainerSpec and NormalizerSpec.
_PIECES, _TRAINER, _NORMALIZER = 1, 2, 3
_TEXT, _SCORE, _KIND = 1, 2, 3
_MODEL_TYPE, _UNIGRAM, _BPE = 3, 1, 2
_SUFFIX, _UNKNOWN, _BOS, _EOS, _PAD = 24, 40, 41, 42, 43
_CHARSMAP, _ADD_PREFIX, _REMOVE_SPACES, _ESCAPE = 2, 3, 4, 5


class PieceKind(IntEnum):
    """What a piece is for; GGUF files use the same numbers."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True)
class SentencePieceModel:
    """Pieces in the order of their ids, and the steps before them."""

    pieces: list[str]
    scores: list[float]
    kinds: list[int]
    is_bpe: bool
    #: A table of replacements (a double-array trie) as SentencePiece stores it; empty for none.
    charsmap: bytes = b""
    adds_prefix: bool = True
    removes_spaces: bool = False
    #: {"bos_token": id, ...} of the ids that the file names.
    role_ids: dict[str, int] | None = None

    def roles(self) -> dict[str, str]:
        """{"eos_token": piece, ...}."""
        named = self.role_ids or {}
        return {
            role: self.pieces[index]
            for role, index in named.items()
            if 0 <= index < len(self.pieces)
        }


def read_sentencepiece(data: bytes, name: str = MODEL_FILE) -> SentencePieceModel:
    """DataError for a file that is none, and for models that cut in ways that have no equal."""
    if len(data) > _MAX_BYTES:
        raise DataError(f"{name} has {len(data):,} bytes; accepted: up to {_MAX_BYTES:,}.")
    try:
        return _model(data, name)
    except (IndexError, KeyError, UnicodeDecodeError, AttributeError, struct.error) as error:
        raise DataError(
            f"{name} is not a whole SentencePiece model.",
            advice="Upload it again, or upload tokenizer.json.",
        ) from error


def _model(data: bytes, name: str) -> SentencePieceModel:
    pieces: list[str] = []
    scores: list[float] = []
    kinds: list[int] = []
    trainer: dict[int, Any] = {}
    normalizer: dict[int, Any] = {}
    for number, value in _fields(data):
        if number == _PIECES:
            piece = dict(_fields(value))
            pieces.append(piece[_TEXT].decode("utf-8"))
            scores.append(struct.unpack("<f", piece.get(_SCORE, bytes(4)))[0])
            kinds.append(int(piece.get(_KIND, PieceKind.NORMAL)))
        elif number == _TRAINER:
            trainer = dict(_fields(value))
        elif number == _NORMALIZER:
            normalizer = dict(_fields(value))
    if not pieces:
        raise KeyError("no pieces")
    _require_known(trainer, normalizer, name)
    require_pieces(pieces, name)
    ids = {"unk_token": (_UNKNOWN, 0), "bos_token": (_BOS, 1), "eos_token": (_EOS, 2)}
    ids["pad_token"] = (_PAD, -1)
    return SentencePieceModel(
        pieces,
        scores,
        kinds,
        is_bpe=trainer.get(_MODEL_TYPE, _UNIGRAM) == _BPE,
        charsmap=bytes(normalizer.get(_CHARSMAP, b"")),
        adds_prefix=bool(normalizer.get(_ADD_PREFIX, 1)),
        removes_spaces=bool(normalizer.get(_REMOVE_SPACES, 1)),
        role_ids={role: _signed(trainer.get(field, usual)) for role, (field, usual) in ids.items()},
    )


def require_pieces(pieces: list[str], name: str) -> None:
    """DataError for a piece that is given twice or is far too long."""
    longest = max(pieces, key=len, default="")
    if len(longest) > MAX_PIECE_CHARS:
        raise DataError(
            f"{name}: a token of its tokenizer has {len(longest):,} characters; accepted: up to "
            f"{MAX_PIECE_CHARS:,}."
        )


def _require_known(trainer: dict[int, Any], normalizer: dict[int, Any], name: str) -> None:
    """Refuse what would cut text in another way than the tokenizer that we write."""
    kind = trainer.get(_MODEL_TYPE, _UNIGRAM)
    why = ""
    if kind not in (_UNIGRAM, _BPE):
        why = f"is a model of {'words' if kind == 3 else 'characters'}"
    elif trainer.get(_SUFFIX, 0):
        why = "puts spaces behind words"
    elif not normalizer.get(_ESCAPE, 1):
        why = "keeps spaces as they are"
    if why:
        raise DataError(
            f"{name} {why}, which has no equal here; accepted: BPE and Unigram with spaces in "
            "front of words.",
            advice="Upload tokenizer.json: in transformers, "
            "AutoTokenizer.from_pretrained(model).save_pretrained(folder).",
        )


def _signed(value: int) -> int:
    """A negative number is stored as one of 64 bits."""
    return value - (1 << 64) if value >> 63 else value


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """(field number, value) of a message: int, 4 or 8 raw bytes, or the bytes of a part."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, place = _varint(data, place)
            yield number, value
            continue
        length, place = _varint(data, place) if wire == 2 else ({1: 8, 5: 4}[wire], place)
        if place + length > len(data):
            raise IndexError("a field ends behind the end")
        yield number, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
        if shift > 63:
            raise IndexError("a number of more than 64 bits")
