"""Trains a byte-level BPE and writes it in the form transformers reads; knows no jobs.

The alphabet is all 256 bytes, whatever the corpus holds, so that nothing is ever unknown. Pairs
are merged by count, ties by the smaller pair, so the same texts give the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

from training.errors import Problem, SpecError
from training.specs.tokenizer import END_OF_TEXT, TokenizerSpec
from training.tokenizers.load import CONFIG_FILE, TOKENIZER_FILE

#: Longer texts are handed over in pieces cut after a line end, which no word crosses.
_PIECE_CHARACTERS = 100_000


def build_tokenizer(spec: TokenizerSpec, texts: Iterable[str]) -> tokenizers.Tokenizer:
    """Train; SpecError when the corpus supports fewer pieces than asked and that is not allowed."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _pre_tokenizer(spec)
    tokenizer.decoder = decoders.ByteLevel()
    # In training too, the text of a special token is text.
    tokenizer.encode_special_tokens = True
    trainer = trainers.BpeTrainer(
        vocab_size=spec.vocab_size,
        min_frequency=spec.min_frequency,
        special_tokens=spec.special_tokens,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_pieces(texts), trainer)
    reached = tokenizer.get_vocab_size(with_added_tokens=True)
    if reached < spec.vocab_size and not spec.allow_smaller:
        raise too_large(spec, reached)
    return tokenizer


def too_large(spec: TokenizerSpec, reached: int) -> SpecError:
    """The sentence for a vocabulary larger than the corpus supports."""
    return SpecError(
        [
            Problem(
                "vocab_size",
                "is larger than the corpus supports: no more pairs occur "
                f"{spec.min_frequency} times",
                got=f"{spec.vocab_size:,}",
                expected=f"at most {reached:,}",
                hint="Take a smaller vocabulary or more text, or set allow_smaller.",
                fix=(("vocab_size", reached),),
            )
        ]
    )


def save_tokenizer(tokenizer: tokenizers.Tokenizer, spec: TokenizerSpec, folder: Path) -> None:
    """Write ``tokenizer.json`` and ``tokenizer_config.json``."""
    tokenizer.encode_special_tokens = False
    tokenizer.save(str(folder / TOKENIZER_FILE))
    tokenizer.encode_special_tokens = True
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END_OF_TEXT,
        "eos_token": END_OF_TEXT,
        "pad_token": END_OF_TEXT,
        "extra_special_tokens": spec.extra_special_tokens,
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
    }
    text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")


def _pre_tokenizer(spec: TokenizerSpec) -> pre_tokenizers.PreTokenizer:
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    if not spec.split_digits:
        return byte_level
    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level])


def _pieces(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        if len(text) <= _PIECE_CHARACTERS:
            yield text
            continue
        start = 0
        while start < len(text):
            end = text.find("\n", start + _PIECE_CHARACTERS)
            end = len(text) if end < 0 else end + 1
            yield text[start:end]
            start = end
