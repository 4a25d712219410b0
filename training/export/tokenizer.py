"""The tokenizer's files beside the weights, and the ids of its special tokens for the configs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import DataError
from training.folder.atomic import read_json, write_json
from training.tokenizers.load import chat_template

TOKENIZER = "tokenizer.json"
TOKENIZER_CONFIG = "tokenizer_config.json"
#: What a tokenizer folder may hold that belongs into a model folder.
FILES = (
    TOKENIZER,
    TOKENIZER_CONFIG,
    "special_tokens_map.json",
    "chat_template.jinja",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
)


#: Names by which special tokens are known where no tokenizer_config.json tells their roles.
USUAL_NAMES = {
    "bos": ("<|begin_of_text|>", "<|bos|>", "<bos>", "<s>"),
    "eos": ("<|endoftext|>", "<|end_of_text|>", "<|eos|>", "<eos>", "</s>"),
    "pad": ("<|pad|>", "<pad>", "[PAD]"),
}
#: Special tokens with which chat templates end a turn. Looked for in the template's source: what
#: comes with a foreign model is not run here, not even in the sandbox.
TURN_ENDS = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|eot|>")


@dataclass(frozen=True)
class SpecialIds:
    """Ids of the tokens that begin a text, end it and pad it; None where there is none."""

    bos: int | None = None
    eos: int | None = None
    pad: int | None = None
    #: What the chat template ends a turn with, where that is not ``eos``.
    turn_ends: tuple[int, ...] = ()

    @property
    def ends(self) -> int | list[int] | None:
        """What ends a generation: the one id, or all of them in a list, as transformers reads."""
        every = ([] if self.eos is None else [self.eos]) + [*self.turn_ends]
        return every if len(every) > 1 else next(iter(every), None)


def copy_tokenizer(folder: Path, out: Path, context_length: int) -> SpecialIds:
    """Copy the tokenizer's files into ``out`` and say which ids are special.

    Where there is no tokenizer_config.json one is written, because transformers would otherwise
    choose a tokenizer class by the model's, and cut text in another way than was trained on.
    DataError when ``folder`` holds no tokenizer.
    """
    if not isinstance(read_json(folder / TOKENIZER), dict):
        raise DataError(
            f"{folder.name} holds no readable {TOKENIZER}.",
            advice="Name the output folder of a tokenizer job.",
        )
    for name in FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, out / name)
    special = special_ids(folder)
    if not (out / TOKENIZER_CONFIG).exists():
        write_json(out / TOKENIZER_CONFIG, _config(folder, special, context_length))
    return special


def special_ids(folder: Path) -> SpecialIds:
    """Ids of the tokens named in tokenizer_config.json, else of special tokens by usual names."""
    tokenizer: dict[str, Any] = read_json(folder / TOKENIZER) or {}
    config = read_json(folder / TOKENIZER_CONFIG)
    ids = _vocabulary(tokenizer) | _added(tokenizer)
    if isinstance(config, dict):
        named = {role: [_text(config.get(f"{role}_token"))] for role in USUAL_NAMES}
    else:
        ids = _added(tokenizer)
        named = {role: list(names) for role, names in USUAL_NAMES.items()}
    found = {
        role: next((ids[name] for name in names if name in ids), None)
        for role, names in named.items()
    }
    source, added = chat_template(folder), _added(tokenizer)
    turn_ends = [added[name] for name in TURN_ENDS if name in added and name in source]
    return SpecialIds(**found, turn_ends=tuple(i for i in turn_ends if i != found["eos"]))


def _config(folder: Path, special: SpecialIds, context_length: int) -> dict[str, Any]:
    tokenizer: dict[str, Any] = read_json(folder / TOKENIZER) or {}
    pieces = {index: piece for piece, index in _added(tokenizer).items()}
    roles = {"bos_token": special.bos, "eos_token": special.eos, "pad_token": special.pad}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context_length,
        "clean_up_tokenization_spaces": False,
        **{role: pieces[index] for role, index in roles.items() if index is not None},
    }


def _added(tokenizer: dict[str, Any]) -> dict[str, int]:
    return {entry["content"]: entry["id"] for entry in tokenizer.get("added_tokens") or []}


def _vocabulary(tokenizer: dict[str, Any]) -> dict[str, int]:
    vocabulary = (tokenizer.get("model") or {}).get("vocab") or {}
    if isinstance(vocabulary, dict):
        return dict(vocabulary)
    return {piece: index for index, (piece, _) in enumerate(vocabulary)}  # Unigram


def _text(token: Any) -> str:
    """A special token is written as text or as {"content": text, ...}."""
    return str(token.get("content", "")) if isinstance(token, dict) else str(token or "")
