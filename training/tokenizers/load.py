"""Loads a tokenizer folder, and sets how many threads the tokenizers library may use.

A tokenizer folder is what transformers reads too: ``tokenizer.json`` and
``tokenizer_config.json``. The text "<|endoftext|>" inside a document is text: special tokens are
never parsed out of documents, or any page about tokenizers could end a document in its middle.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import tokenizers

from training.errors import DataError
from training.folder.artifact import MANIFEST
from training.folder.atomic import read_json
from training.specs.tokenizer_parts import END_OF_TEXT

TOKENIZER_FILE = "tokenizer.json"
CONFIG_FILE = "tokenizer_config.json"
MODEL_CONFIG_FILE = "config.json"
CHAT_TEMPLATE_FILE = "chat_template.jinja"
#: Files of a tokenizer, also where they stand beside those of a model.
FILES = (TOKENIZER_FILE, CONFIG_FILE, "special_tokens_map.json", CHAT_TEMPLATE_FILE)
_NAMED_TOKENS = (
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
)  # fmt: skip


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
    # Settings that some files bring along: documents are neither cut off nor filled up.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def vocabulary(folder: Path, tokenizer: tokenizers.Tokenizer) -> Vocabulary:
    """Size and end-of-text id; DataError when the tokenizer has no end-of-text."""
    eos = named_tokens(folder).get("eos_token") or END_OF_TEXT
    eos_id = tokenizer.token_to_id(eos)
    if eos_id is None:
        raise DataError(
            f"The tokenizer {folder.name} has no end-of-text token {eos!r}.",
            advice=f"Name one as eos_token in {CONFIG_FILE}.",
        )
    # Ids of foreign tokenizers may have gaps.
    largest = max(tokenizer.get_vocab(with_added_tokens=True).values())
    return Vocabulary(int(largest) + 1, int(eos_id))


def named_tokens(folder: Path) -> dict[str, str]:
    """The special tokens that have a role (``eos_token`` ...), by that role."""
    config = read_json(folder / CONFIG_FILE) or {}
    found = {name: config.get(name) for name in _NAMED_TOKENS}
    # Older folders write a token with its properties.
    texts = {
        name: value.get("content") if isinstance(value, dict) else value
        for name, value in found.items()
    }
    return {name: text for name, text in texts.items() if isinstance(text, str) and text}


def special_tokens(tokenizer: tokenizers.Tokenizer) -> list[str]:
    """Every token that is special, in order of id."""
    added = tokenizer.get_added_tokens_decoder()
    return [token.content for _, token in sorted(added.items()) if token.special]


def chat_template(folder: Path) -> str:
    """The Jinja source that the tokenizer brings along; empty when it has none."""
    file = folder / CHAT_TEMPLATE_FILE
    if file.is_file():
        return file.read_text(encoding="utf-8")
    found = (read_json(folder / CONFIG_FILE) or {}).get("chat_template")
    if isinstance(found, list):
        sources = {one.get("name"): one.get("template") for one in found if isinstance(one, dict)}
        found = sources.get("default")
    return found if isinstance(found, str) else ""


def copy_tokenizer(folder: Path, destination: Path) -> None:
    """Copy a tokenizer folder; from a model's folder only the files of its tokenizer."""
    if not (folder / MODEL_CONFIG_FILE).exists():
        shutil.copytree(folder, destination, ignore=shutil.ignore_patterns(MANIFEST))
        return
    destination.mkdir()
    for name in FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, destination / name)


def set_threads(num_threads: int) -> None:
    """Let the library use so many threads; must come before its first parallel call."""
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if num_threads > 1 else "false"
    os.environ["RAYON_NUM_THREADS"] = str(num_threads)
