"""Small tokenizers of every kind, as artifacts, built from lists of pieces and texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from tests.conftest import REPOSITORY
from tests.training.corpus.jobs import run_verb
from training.folder.artifact import write_artifact

SHARED = REPOSITORY.parent / "shared" / "data" / "tokenizers"
TEXTS = [
    "The quick brown fox jumps over the lazy dog, and the dog sleeps.",
    "Transformers are trained on text; training takes time and text.",
    "猫坐在垫子上，狗有十二根骨头。我们在学习机器学习。",
] * 5


def shared_file(name: str) -> Path:
    """A real tokenizer of the shared data; the test is skipped, loudly, where there is none."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"there is no {path}")
    return path


def saved(tokenizer: Any, folder: Path, eos: str = "</s>") -> Path:
    """A tokenizer artifact."""
    with write_artifact(folder, "tokenizer") as draft:
        tokenizer.save(str(draft.path / "tokenizer.json"))
        config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": eos}
        (draft.path / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def byte_level(folder: Path, size: int = 300, texts: list[str] = TEXTS) -> Path:
    """As GPT-2's, with two added tokens that stand outside the model's vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens(["</s>", "<|user|>"])
    return saved(tokenizer, folder)


def llama(folder: Path) -> Path:
    """LLaMA's 32,000 pieces, as the verb ``import_tokenizer`` takes them over."""
    return _imported("llama-32k.model", folder)


def chinese(folder: Path) -> Path:
    """The Chinese Unigram of 20,000 pieces."""
    return _imported("chinese-sp-20k.model", folder)


def _imported(name: str, folder: Path) -> Path:
    return run_verb("import_tokenizer", folder, path=str(shared_file(name)))


def unigram(folder: Path, words: dict[str, float]) -> Path:
    """A Unigram of letters and some words, with an added token outside its list."""
    letters = [(letter, -8.0) for letter in "▁abcdefghijklmnopqrstuvwxyz"]
    pieces = [("<unk>", 0.0), ("</s>", 0.0), *letters, *words.items()]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<unk>", "</s>", "<|user|>"])
    return saved(tokenizer, folder)


def wordpiece(folder: Path, words: list[str]) -> Path:
    """A WordPiece of letters, letters inside words, and some words."""
    letters = list("abcdefghijklmnopqrstuvwxyz")
    pieces = ["[UNK]", "</s>", *letters, *(f"##{letter}" for letter in letters), *words]
    vocabulary = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocab=vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["[UNK]", "</s>"])
    return saved(tokenizer, folder)
