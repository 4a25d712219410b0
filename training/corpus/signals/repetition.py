"""How much of a text repeats itself: by lines, and by runs of five words.

Both count the copies after the first ("what could be taken out"). Systems differ here although
they cite the same table (Gopher, Rae 2021, A1): see the docstrings for what is computed.
"""

from __future__ import annotations

from training.corpus.signals.batch import Float64, TextBatch, share

WINDOW = 5


def duplicate_line_fraction(batch: TextBatch) -> Float64:
    """Lines that equal an earlier line over all lines.

    Lines are stripped of ASCII white space; blank ones are not counted. Gopher's "duplicate line
    fraction" as datatrove computes it.
    """
    from training.corpus.signals import kernels

    return share(*kernels.count_lines(batch.data, batch.offsets))


def repeated_5gram_share(batch: TextBatch) -> Float64:
    """Characters of words covered by a 5-gram seen earlier in the text, over characters of words.

    Gopher A1's "duplicate 5-gram character fraction": every covered word counts once however many
    repeated 5-grams overlap on it, its first appearance is free, and separators count nowhere.
    Texts of fewer than five words have 0.
    """
    from training.corpus.signals import kernels

    words = batch.words
    return share(*kernels.repeated_ngram_sizes(words.hashes, words.sizes, words.offsets, WINDOW))
