"""What a text is made of: lengths of words, symbols, digits, letters, Han characters.

Shares of characters are over all that is not white space. Tokens are runs between white space; a
character of a script written without spaces is a token of its own.
"""

from __future__ import annotations

import numpy as np

from training.corpus.signals.batch import Float64, TextBatch, share


def mean_word_length(batch: TextBatch) -> Float64:
    """Characters per word; 1 for Chinese, where every ideograph is a word."""
    words = batch.words
    ends = np.concatenate([[0], np.cumsum(words.sizes, dtype=np.int64)])
    return share(np.diff(ends[words.offsets]), words.counts)


def symbol_word_ratio(batch: TextBatch) -> Float64:
    """# signs and ellipses ("..." or one sign) per word; both pooled, as in RedPajama-V2."""
    return share(batch.character_facts[:, 5], batch.words.counts)


def digit_share(batch: TextBatch) -> Float64:
    """Decimal digits over characters."""
    return share(batch.character_facts[:, 1], batch.character_facts[:, 0])


def alphabetic_token_fraction(batch: TextBatch) -> Float64:
    """Tokens that hold at least one letter."""
    return share(batch.character_facts[:, 4], batch.character_facts[:, 3])


def han_share(batch: TextBatch) -> Float64:
    """Han characters over characters."""
    return share(batch.character_facts[:, 2], batch.character_facts[:, 0])
