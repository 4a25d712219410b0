"""How much of a text repeats itself: by lines, by paragraphs, and by runs of words.

All count the copies after the first ("what could be taken out"); the top n-gram counts all copies.
Systems differ here although they cite the same table (Gopher, Rae 2021, A1): see the docstrings
for what is computed. Lines are stripped of ASCII white space; blank ones are not counted.
"""

from __future__ import annotations

from training.corpus.signals import columns
from training.corpus.signals.batch import Float64, TextBatch, share


def repetition_rate(batch: TextBatch) -> Float64:
    """1 - different runs of five words over all; 0 below five words."""
    return share(*batch.repeated_ngrams())


def duplicate_line_fraction(batch: TextBatch) -> Float64:
    """Lines that equal an earlier line over all lines."""
    return _of(batch, columns.REPEATED_LINES, columns.LINES)


def duplicate_line_character_share(batch: TextBatch) -> Float64:
    """Characters of lines that equal an earlier line, over characters of all lines."""
    return _of(batch, columns.REPEATED_LINE_SIZES, columns.LINE_SIZES)


def duplicate_paragraph_fraction(batch: TextBatch) -> Float64:
    """Paragraphs (runs of lines between blank ones) that equal an earlier one, over all."""
    return _of(batch, columns.REPEATED_PARAGRAPHS, columns.PARAGRAPHS)


def duplicate_paragraph_character_share(batch: TextBatch) -> Float64:
    """Characters of paragraphs that equal an earlier one, over characters of all paragraphs."""
    return _of(batch, columns.REPEATED_PARAGRAPH_SIZES, columns.PARAGRAPH_SIZES)


def _of(batch: TextBatch, part: int, whole: int) -> Float64:
    return share(batch.line_facts[:, part], batch.line_facts[:, whole])


def _top(batch: TextBatch, window: int) -> Float64:
    """Characters of the most frequent n-gram times its count, over characters of words.

    Separators count nowhere, and 0 stands where no n-gram comes twice (as in RedPajama-V2), so
    short texts do not trip it; overlapping copies all count, but never beyond the whole.
    """
    return share(*batch.ngrams(window))


def top_2gram_share(batch: TextBatch) -> Float64:
    """Share of the most frequent run of two words."""
    return _top(batch, 2)


def top_3gram_share(batch: TextBatch) -> Float64:
    """Share of the most frequent run of three words."""
    return _top(batch, 3)


def top_4gram_share(batch: TextBatch) -> Float64:
    """Share of the most frequent run of four words."""
    return _top(batch, 4)


def _repeated(batch: TextBatch, window: int) -> Float64:
    """Characters of words covered by an n-gram seen earlier in the text, over those of words.

    Gopher A1's "duplicate n-gram character fraction": every covered word counts once however many
    repeated n-grams overlap on it, its first appearance is free, and separators count nowhere.
    Texts of fewer words have 0.
    """
    return share(*batch.ngrams(window))


def repeated_5gram_share(batch: TextBatch) -> Float64:
    """Share of the text in repeated runs of five words."""
    return _repeated(batch, 5)


def repeated_6gram_share(batch: TextBatch) -> Float64:
    """Share of the text in repeated runs of six words."""
    return _repeated(batch, 6)


def repeated_7gram_share(batch: TextBatch) -> Float64:
    """Share of the text in repeated runs of seven words."""
    return _repeated(batch, 7)


def repeated_8gram_share(batch: TextBatch) -> Float64:
    """Share of the text in repeated runs of eight words."""
    return _repeated(batch, 8)


def repeated_9gram_share(batch: TextBatch) -> Float64:
    """Share of the text in repeated runs of nine words."""
    return _repeated(batch, 9)


def repeated_10gram_share(batch: TextBatch) -> Float64:
    """Share of the text in repeated runs of ten words."""
    return _repeated(batch, 10)
