"""How a tokenizer writes its pieces, and how a word has to be written to be one of them.

Three alphabets are told apart: bytes as letters (GPT-2: a space is "Ġ"), characters with a mark
for the space (SentencePiece: "▁"), and words whose later pieces begin with "##" (WordPiece). Only
vocabularies of one alphabet can be joined: their pieces stand for the same text.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import tokenizers

from training.corpus.signals.characters import class_table, ranges_of
from training.corpus.signals.segmentation import han_table
from training.errors import DataError
from training.folder.atomic import read_json
from training.tokenizers.load import TOKENIZER_FILE, load_tokenizer

SPACE_MARK = "▁"
_BYTE_PIECE = re.compile(r"<0x[0-9A-Fa-f]{2}>")


class Alphabet(StrEnum):
    """In what a piece is written."""

    BYTES = "bytes"
    MARKED = "marked"
    WORDPIECE = "wordpiece"
    PLAIN = "plain"


#: For sentences.
ALPHABETS = {
    Alphabet.BYTES: "byte-level, as GPT-2's",
    Alphabet.MARKED: "SentencePiece's, with ▁ for a space",
    Alphabet.WORDPIECE: "WordPiece's, with ## inside words",
    Alphabet.PLAIN: "plain characters",
}


#: For tables.
_SHORT = {Alphabet.BYTES: "byte-level", Alphabet.MARKED: "SentencePiece"}


@dataclass(frozen=True)
class Form:
    """Kind of model ("BPE", "Unigram", "WordPiece"), alphabet, mark inside words ("##" or "")."""

    model: str
    alphabet: Alphabet
    inside: str = ""

    @property
    def title(self) -> str:
        """As tables have it."""
        short = _SHORT.get(self.alphabet, "")
        return f"{self.model}, {short}" if short else self.model


def read_tokenizer_data(folder: Path) -> dict[str, Any]:
    """``tokenizer.json`` as plain data; DataError when it holds no model with a vocabulary."""
    data = read_json(folder / TOKENIZER_FILE)
    model = data.get("model") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(model, dict) or not model.get("vocab"):
        raise DataError(
            f"{folder.parent.name}/{folder.name} holds no readable {TOKENIZER_FILE}.",
            advice="Name the output folder of a tokenizer job.",
        )
    return data


def form_of(data: dict[str, Any]) -> Form:
    """What the parts of a tokenizer.json say of its alphabet."""
    model = data["model"]
    # Older files leave the type out; lists of (piece, score) are Unigram's.
    kind = str(model.get("type") or ("Unigram" if isinstance(model["vocab"], list) else "BPE"))
    parts = [part for part in ("normalizer", "pre_tokenizer", "decoder") if data.get(part)]
    said = json.dumps([data[part] for part in parts], ensure_ascii=False)
    inside = str(model.get("continuing_subword_prefix") or "")
    if '"ByteLevel"' in said:
        return Form(kind, Alphabet.BYTES, inside)
    if '"Metaspace"' in said or SPACE_MARK in said:
        return Form(kind, Alphabet.MARKED, inside)
    return Form(kind, Alphabet.WORDPIECE if kind == "WordPiece" else Alphabet.PLAIN, inside)


class Speller:
    """A tokenizer, and its pieces of single words as they stand inside a text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = read_tokenizer_data(folder)
        self.form = form_of(self.data)
        self.tokenizer: tokenizers.Tokenizer = load_tokenizer(folder)
        self.vocabulary: dict[str, int] = self.tokenizer.get_vocab(with_added_tokens=True)
        added = self.tokenizer.get_added_tokens_decoder()
        self.added = {token.content for token in added.values()}
        self._model = self.tokenizer.model

    @functools.cached_property
    def unknown_id(self) -> int | None:
        """The id that stands for what no piece can write; None where there is none."""
        model = self.data["model"]
        if isinstance(model.get("unk_id"), int):
            return int(model["unk_id"])
        return self.vocabulary.get(str(model.get("unk_token")))

    def cells(self, word: str) -> list[str]:
        """What the model is handed of ``word`` inside a text; several where it is cut before.

        Words of scripts with spaces stand behind one; Chinese stands as it is.
        """
        is_spaced = not is_unspaced(word[:1])
        in_bytes = self.form.alphabet == Alphabet.BYTES
        text = f" {word}" if in_bytes and is_spaced else word
        normalizer, cutter = self.tokenizer.normalizer, self.tokenizer.pre_tokenizer
        if normalizer is not None:
            text = normalizer.normalize_str(text)
        cells = [text] if cutter is None else [cell for cell, _ in cutter.pre_tokenize_str(text)]
        if self.form.alphabet != Alphabet.MARKED:
            return [cell for cell in cells if cell]
        bare = [cell.strip(SPACE_MARK) for cell in cells if cell.strip(SPACE_MARK)]
        return [f"{SPACE_MARK}{bare[0]}", *bare[1:]] if bare and is_spaced else bare

    def cut(self, cell: str) -> list[int]:
        """The ids that the model makes of a cell."""
        return [token.id for token in self._model.tokenize(cell)]

    def pieces(self, cell: str) -> list[str]:
        """The pieces that the model makes of a cell."""
        return [token.value for token in self._model.tokenize(cell)]

    def of_word(self, word: str) -> list[int]:
        """The ids of ``word`` inside a text."""
        return [index for cell in self.cells(word) for index in self.cut(cell)]

    def texts(self) -> Iterator[str]:
        """Pieces of text: none that is special, added, unknown or a single byte of SentencePiece's.

        In order of their ids.
        """
        unknown = self.unknown_id
        for piece, index in sorted(self.vocabulary.items(), key=lambda item: item[1]):
            is_byte = self.form.alphabet == Alphabet.MARKED and is_byte_piece(piece)
            if piece and piece not in self.added and index != unknown and not is_byte:
                yield piece


def is_byte_piece(piece: str) -> bool:
    """Whether a piece is one byte, as SentencePiece writes what it has no piece for."""
    return _BYTE_PIECE.fullmatch(piece) is not None


def is_unspaced(character: str) -> bool:
    """Whether a character is of a script that is written without spaces."""
    code = ord(character) if character else 0
    table = class_table()
    return code < len(table) and int(table[code]) == 2


def is_han(character: str) -> bool:
    """Whether it is a Chinese character."""
    table = han_table()
    return ord(character) < len(table) and bool(table[ord(character)])


@functools.cache
def han_run() -> re.Pattern[str]:
    """Runs of Chinese characters."""
    return re.compile(f"[{ranges_of(han_table())}]+")


@functools.cache
def byte_letters() -> dict[str, int]:
    """The letter that byte-level pieces have for each byte (Radford 2019), by the letter."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {chr(byte): byte for byte in shown}
    return letters | {chr(256 + place): byte for place, byte in enumerate(hidden)}


def text_of(piece: str, form: Form) -> str:
    """A piece as people read it; "�" where it holds only a part of a character."""
    if form.alphabet == Alphabet.BYTES:
        letters = byte_letters()
        if all(letter in letters for letter in piece):
            return bytes(letters[letter] for letter in piece).decode("utf-8", "replace")
        return piece
    if form.alphabet == Alphabet.MARKED:
        return piece.replace(SPACE_MARK, " ")
    return piece
