"""Trains a tokenizer and writes it in the form transformers reads; knows no jobs.

The alphabet of BPE is all 256 bytes, whatever the corpus holds, so that nothing is ever unknown.
Pairs are merged by count, ties by the smaller pair, so the same texts give the same file. The
characters of WordPiece are the most frequent ones of the corpus; Unigram is SentencePiece's.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from training.specs.tokenizer import TokenizerSpec
from training.specs.tokenizer_parts import Han, TokenizerKind, transformers_roles
from training.tokenizers.chinese import cut_words
from training.tokenizers.load import CONFIG_FILE, TOKENIZER_FILE
from training.tokenizers.pipeline import (
    decoder_of,
    normalizer_of,
    pre_tokenizer_of,
    template_of,
)
from training.tokenizers.refusals import too_large, too_small
from training.tokenizers.unigram import train_unigram

#: Can be read again and again, from the first text on.
Texts = Callable[[], Iterable[str]]

#: Longer texts are handed over in pieces cut after a line end, which no word crosses.
_PIECE_CHARACTERS = 100_000
#: A longer word is unknown, as in BERT; a run of Chinese that is not cut may be longer.
_WORD_CHARACTERS, _RUN_CHARACTERS = 100, 1_000


def build_tokenizer(spec: TokenizerSpec, texts: Texts) -> tokenizers.Tokenizer:
    """Train; SpecError when the corpus supports fewer pieces than asked and that is not allowed."""
    spec = spec.resolve()
    tokenizer = tokenizers.Tokenizer(_empty_model(spec))
    if normalizer := normalizer_of(spec):
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer_of(spec)
    tokenizer.decoder = decoder_of(spec)
    # In training too, the text of a special token is text.
    tokenizer.encode_special_tokens = True
    if spec.kind == TokenizerKind.UNIGRAM:
        tokenizer.model = train_unigram(spec, tokenizer.normalizer, _pieces(texts()))
        tokenizer.add_special_tokens([_special(token) for token in spec.special_tokens])
    else:
        tokenizer.train_from_iterator(_sequences(spec, texts()), _trainer(spec, tokenizer, texts))
    if template := template_of(spec):
        tokenizer.post_processor = template
    reached = tokenizer.get_vocab_size(with_added_tokens=True)
    if reached > spec.vocab_size:
        raise too_small(spec, reached)
    if reached < spec.vocab_size and not spec.allow_smaller:
        raise too_large(spec, reached)
    return tokenizer


def save_tokenizer(tokenizer: tokenizers.Tokenizer, spec: TokenizerSpec, folder: Path) -> None:
    """Write ``tokenizer.json`` and ``tokenizer_config.json``."""
    tokenizer.encode_special_tokens = False
    tokenizer.save(str(folder / TOKENIZER_FILE))
    tokenizer.encode_special_tokens = True
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **transformers_roles(spec.roles),
        "extra_special_tokens": spec.extra_special_tokens,
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
    }
    text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")


def _empty_model(spec: TokenizerSpec) -> Any:
    unknown = spec.roles.get("unknown")
    if spec.kind == TokenizerKind.WORDPIECE:
        is_cut = spec.han == Han.CHARACTERS
        longest = _WORD_CHARACTERS if is_cut else _RUN_CHARACTERS
        return models.WordPiece(unk_token=unknown, max_input_chars_per_word=longest)
    return models.BPE(unk_token=unknown) if spec.kind == TokenizerKind.BPE else models.Unigram()


def _trainer(spec: TokenizerSpec, tokenizer: tokenizers.Tokenizer, texts: Texts) -> Any:
    shared: dict[str, Any] = {
        "vocab_size": spec.vocab_size,
        "min_frequency": spec.min_frequency,
        "special_tokens": [_special(token) for token in spec.special_tokens],
        "show_progress": False,
    }
    if spec.kind == TokenizerKind.BPE:
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        return trainers.BpeTrainer(initial_alphabet=alphabet, **shared)
    alphabet_size = _num_covered(spec, tokenizer.normalizer, texts())
    return trainers.WordPieceTrainer(limit_alphabet=alphabet_size, **shared)


def _special(token: str) -> tokenizers.AddedToken:
    return tokenizers.AddedToken(token, special=True, normalized=False)


def _num_covered(spec: TokenizerSpec, normalizer: Any, texts: Iterable[str]) -> int:
    """How many characters, the most frequent first, make up the share that is to be covered."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(normalizer.normalize_str(text) if normalizer else text)
    for character in [one for one in counts if one.isspace()]:
        del counts[character]
    wanted = spec.character_coverage * counts.total()
    covered = number = 0
    for _, count in counts.most_common():
        if covered >= wanted:
            break
        covered, number = covered + count, number + 1
    return max(1, number)


def _sequences(spec: TokenizerSpec, texts: Iterable[str]) -> Iterator[str | list[str]]:
    """Texts to learn from; in a list of several, no piece goes from one into the next."""
    for piece in _pieces(texts):
        yield cut_words(piece) if spec.han == Han.WORDS else piece


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
