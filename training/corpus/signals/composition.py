"""What a text is made of: words, tokens, sentences, kinds of characters.

Definitions stand in ``training.registry.word_signals``.
"""

from __future__ import annotations

import numpy as np

from training.corpus.signals.batch import Float64, Int64, TextBatch, share
from training.corpus.signals.columns import (
    CAPITAL_WORDS,
    ELLIPSES,
    LETTERED_TOKENS,
    LETTERLESS_WORDS,
    LONGEST_TOKEN,
    RAW_WORDS,
    SENTENCES,
    TOKENS,
)


def mean_word_length(batch: TextBatch) -> Float64:
    """Characters per word; 1 for Chinese, where every ideograph is a word."""
    words = batch.words
    ends = np.concatenate([[0], np.cumsum(words.sizes, dtype=np.int64)])
    return share(np.diff(ends[words.offsets]), words.counts)


def symbol_word_ratio(batch: TextBatch) -> Float64:
    """# signs and ellipses ("..." or one sign) per word."""
    symbols = batch.characters("symbols") + batch.line_facts[:, ELLIPSES]
    return share(symbols, batch.words.counts)


def alphabetic_token_fraction(batch: TextBatch) -> Float64:
    """Tokens that hold at least one letter."""
    return share(batch.run_facts[:, LETTERED_TOKENS], batch.run_facts[:, TOKENS])


def longest_token(batch: TextBatch) -> Int64:
    """Characters of the longest token."""
    return batch.run_facts[:, LONGEST_TOKEN]


def all_caps_word_fraction(batch: TextBatch) -> Float64:
    """Raw words in capitals over raw words."""
    return share(batch.run_facts[:, CAPITAL_WORDS], batch.run_facts[:, RAW_WORDS])


def letterless_word_fraction(batch: TextBatch) -> Float64:
    """Raw words without a letter from a to z over raw words."""
    return share(batch.run_facts[:, LETTERLESS_WORDS], batch.run_facts[:, RAW_WORDS])


def sentence_count(batch: TextBatch) -> Int64:
    """Sentences that hold a letter or digit."""
    return batch.run_facts[:, SENTENCES]


def unique_word_fraction(batch: TextBatch) -> Float64:
    """Different words over words."""
    facts, _ = batch.vocabulary_facts
    return share(facts[:, 0], batch.words.counts)


def unigram_entropy(batch: TextBatch) -> Float64:
    """Entropy of the frequencies of words, in nats."""
    _, entropies = batch.vocabulary_facts
    return entropies


def character_count(batch: TextBatch) -> Int64:
    """All characters."""
    return batch.characters("characters")


def digit_share(batch: TextBatch) -> Float64:
    """Decimal digits over characters that are not white space."""
    return _of_visible(batch, "digits")


def han_share(batch: TextBatch) -> Float64:
    """Han characters over characters that are not white space."""
    return _of_visible(batch, "han")


def special_character_share(batch: TextBatch) -> Float64:
    """Neither letters, marks nor numbers, over characters that are not white space."""
    return _of_visible(batch, "special")


def uppercase_share(batch: TextBatch) -> Float64:
    """Upper-case letters over letters."""
    return share(batch.characters("uppercase"), batch.characters("letters"))


def alphabetic_share(batch: TextBatch) -> Float64:
    """Letters over all characters."""
    return _of_all(batch, "letters")


def alphanumeric_share(batch: TextBatch) -> Float64:
    """Letters and numbers over all characters."""
    return _of_all(batch, "alphanumeric")


def whitespace_share(batch: TextBatch) -> Float64:
    """White space over all characters."""
    return _of_all(batch, "spaces")


def bracket_share(batch: TextBatch) -> Float64:
    """Brackets of all kinds over all characters."""
    return _of_all(batch, "brackets")


def curly_bracket_share(batch: TextBatch) -> Float64:
    """{ and } over all characters."""
    return _of_all(batch, "curly_brackets")


def _of_visible(batch: TextBatch, column: str) -> Float64:
    visible = batch.characters("characters") - batch.characters("spaces")
    return share(batch.characters(column), visible)


def _of_all(batch: TextBatch, column: str) -> Float64:
    return share(batch.characters(column), batch.characters("characters"))
