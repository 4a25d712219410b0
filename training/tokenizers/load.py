"""Loads a tokenizer folder, and sets how many threads the tokenizers library may use.

A tokenizer folder is what transformers reads too: ``tokenizer.json`` and
``tokenizer_config.json``. The text "<|endoftext|>" inside a document is text: special tokens are
never parsed out of documents, or any page about tokenizers could end a document in its middle.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import tokenizers

from training.errors import DataError
from training.folder.atomic import read_json
from training.specs.tokenizer import END_OF_TEXT

TOKENIZER_FILE = "tokenizer.json"
CONFIG_FILE = "tokenizer_config.json"


@dataclass(frozen=True)
class Vocabulary:
    """What a token store must know of its tokenizer."""

    size: int
    eos_id: int


def load_tokenizer(folder: Path) -> tokenizers.Tokenizer:
    """The tokenizer in ``folder``, for encoding documents; DataError when it cannot be read."""
    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise DataError(
            f"{folder.name} holds no {TOKENIZER_FILE}.",
            advice="Name the output folder of a tokenizer job.",
        )
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # The library raises nothing more exact for bad files.
        raise DataError(f"{folder.name}/{TOKENIZER_FILE} cannot be read: {error}.") from error
    tokenizer.encode_special_tokens = True
    return tokenizer


def vocabulary(folder: Path, tokenizer: tokenizers.Tokenizer) -> Vocabulary:
    """Size and end-of-text id; DataError when the tokenizer has no end-of-text."""
    config = read_json(folder / CONFIG_FILE) or {}
    eos = config.get("eos_token") or END_OF_TEXT
    eos_id = tokenizer.token_to_id(eos)
    if eos_id is None:
        raise DataError(
            f"The tokenizer {folder.name} has no end-of-text token {eos!r}.",
            advice=f"Name one as eos_token in {CONFIG_FILE}.",
        )
    return Vocabulary(tokenizer.get_vocab_size(with_added_tokens=True), int(eos_id))


def set_threads(num_threads: int) -> None:
    """Let the library use so many threads; must come before its first parallel call."""
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if num_threads > 1 else "false"
    os.environ["RAYON_NUM_THREADS"] = str(num_threads)
