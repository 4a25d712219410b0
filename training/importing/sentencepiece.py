"""SentencePiece BPE as merges: a pair may be joined when its piece exists, best score first.

Kudo & Richardson 2018. SentencePiece joins the neighbours whose piece has the highest score; a
list of merges in order of score does the same. The file is a protocol buffer, of which a few fields
are read here: pieces with score and kind, the kind of model, and how text is prepared.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

from training.errors import DataError

MODEL_FILE = "tokenizer.model"
_MAX_BYTES = 64 << 20
#: Fields of ModelProto, SentencePiece, TrainerSpec and NormalizerSpec.
_PIECES, _TRAINER, _NORMALIZER = 1, 2, 3
_TEXT, _SCORE, _KIND = 1, 2, 3
_MODEL_TYPE, _BPE = 3, 2
_RULE_NAME, _ADD_PREFIX, _REMOVE_SPACES = 1, 3, 4
_BOS, _EOS, _UNKNOWN, _PAD = 41, 42, 40, 43

Merges = list[tuple[str, str]]


def merges_of_scores(pieces: Sequence[str], scores: Sequence[float]) -> Merges:
    """Every split of a piece into two pieces, by falling score, then by the pieces' ids."""
    ids = {piece: index for index, piece in enumerate(pieces)}
    ranked: list[tuple[float, int, int, str, str]] = []
    for piece, score in zip(pieces, scores, strict=True):
        for cut in range(1, len(piece)):
            left, right = piece[:cut], piece[cut:]
            if left in ids and right in ids:
                ranked.append((-float(score), ids[left], ids[right], left, right))
    ranked.sort()
    return [(left, right) for *_, left, right in ranked]


def read_model(data: bytes) -> dict[str, Any]:
    """A tokenizer.model in the words of GGUF metadata (``tokenizer.ggml.*``).

    DataError for a file that is none, for Unigram models and for text that is normalised first.
    """
    if len(data) > _MAX_BYTES:
        raise DataError(f"{MODEL_FILE} has {len(data):,} bytes; accepted: up to {_MAX_BYTES:,}.")
    try:
        return _metadata(data)
    except (IndexError, KeyError, UnicodeDecodeError, struct.error) as error:
        raise DataError(
            f"{MODEL_FILE} is not a whole SentencePiece model.",
            advice="Upload it again, or upload tokenizer.json.",
        ) from error


def _metadata(data: bytes) -> dict[str, Any]:
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
            kinds.append(piece.get(_KIND, 1))
        elif number == _TRAINER:
            trainer = dict(_fields(value))
        elif number == _NORMALIZER:
            normalizer = dict(_fields(value))
    if not pieces:
        raise KeyError("no pieces")
    _require_bpe(trainer, normalizer)
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": pieces,
        "tokenizer.ggml.scores": scores,
        "tokenizer.ggml.token_type": kinds,
        "tokenizer.ggml.add_space_prefix": bool(normalizer.get(_ADD_PREFIX, 1)),
        "tokenizer.ggml.unknown_token_id": trainer.get(_UNKNOWN, 0),
        "tokenizer.ggml.bos_token_id": trainer.get(_BOS, 1),
        "tokenizer.ggml.eos_token_id": trainer.get(_EOS, 2),
    }


def _require_bpe(trainer: dict[int, Any], normalizer: dict[int, Any]) -> None:
    """Refuse what would cut text in another way than the model that we write."""
    rule = normalizer.get(_RULE_NAME, b"identity").decode("utf-8", "replace")
    is_bpe = trainer.get(_MODEL_TYPE, 1) == _BPE
    if not is_bpe or rule != "identity" or normalizer.get(_REMOVE_SPACES, 1):
        kind = "BPE" if is_bpe else "no BPE"
        raise DataError(
            f"{MODEL_FILE} is {kind} with the normalisation {rule[:40]!r}, which has no equal "
            "here; accepted: BPE, identity, spaces kept, as LLaMA has it.",
            advice="Upload tokenizer.json: in transformers, "
            "AutoTokenizer.from_pretrained(model).save_pretrained(folder).",
        )


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
