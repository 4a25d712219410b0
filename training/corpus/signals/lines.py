"""What the lines of a text look like, how they begin and end, and what stands in them.

Definitions stand in ``training.registry.line_signals``. Cuts on these are Gopher's (Rae 2021, A1),
C4's (Raffel 2020), FineWeb's (Penedo 2024) and StarCoder's (Li 2023).
"""

from __future__ import annotations

from training.corpus.signals import columns
from training.corpus.signals.batch import Float64, Int64, TextBatch, share


def line_count(batch: TextBatch) -> Int64:
    """Lines that are not blank."""
    return batch.line_facts[:, columns.LINES]


def bullet_line_fraction(batch: TextBatch) -> Float64:
    """Lines that begin with a bullet sign, or with a hyphen or star before white space."""
    return _fraction(batch, columns.BULLET_LINES)


def ellipsis_line_fraction(batch: TextBatch) -> Float64:
    """Lines that end with "..." or with one ellipsis sign."""
    return _fraction(batch, columns.ELLIPSIS_LINES)


def short_line_fraction(batch: TextBatch) -> Float64:
    """Lines of at most 30 characters."""
    return _fraction(batch, columns.SHORT_LINES)


def ended_line_fraction(batch: TextBatch) -> Float64:
    """Lines whose last character ends a sentence (``batch.LINE_ENDERS``)."""
    return _fraction(batch, columns.ENDED_LINES)


def few_word_line_fraction(batch: TextBatch) -> Float64:
    """Lines of one or two tokens."""
    num_lines = line_count(batch)
    return share(num_lines - batch.run_facts[:, columns.RICH_LINES], num_lines)


def uppercase_line_fraction(batch: TextBatch) -> Float64:
    """Lines that are mostly upper case."""
    return share(batch.run_facts[:, columns.UPPERCASE_LINES], line_count(batch))


def numeric_line_fraction(batch: TextBatch) -> Float64:
    """Lines that are mostly digits."""
    return share(batch.run_facts[:, columns.DIGIT_LINES], line_count(batch))


def javascript_line_fraction(batch: TextBatch) -> Float64:
    """Lines that name JavaScript."""
    return _fraction(batch, columns.JAVASCRIPT_LINES)


def policy_line_fraction(batch: TextBatch) -> Float64:
    """Lines about policies and cookies."""
    return _fraction(batch, columns.POLICY_LINES)


def lorem_ipsum_count(batch: TextBatch) -> Int64:
    """How often "lorem ipsum" comes."""
    return batch.line_facts[:, columns.LOREM_IPSUMS]


def comment_line_fraction(batch: TextBatch) -> Float64:
    """Lines that begin like the comment of a program."""
    return _fraction(batch, columns.COMMENT_LINES)


def speaker_line_fraction(batch: TextBatch) -> Float64:
    """Lines that begin with the name of a speaker."""
    return _fraction(batch, columns.SPEAKER_LINES)


def turn_count(batch: TextBatch) -> Int64:
    """Lines of another speaker than the one before."""
    return batch.line_facts[:, columns.TURNS]


def speaker_count(batch: TextBatch) -> Int64:
    """Different speakers."""
    return batch.line_facts[:, columns.SPEAKERS]


def mean_line_length(batch: TextBatch) -> Float64:
    """Characters per line."""
    return _fraction(batch, columns.LINE_SIZES)


def words_per_line(batch: TextBatch) -> Float64:
    """Words over lines."""
    return share(batch.words.counts, line_count(batch))


def longest_line(batch: TextBatch) -> Int64:
    """Characters of the longest line."""
    return batch.line_facts[:, columns.LONGEST]


def third_longest_line(batch: TextBatch) -> Int64:
    """Characters of the third longest line."""
    return batch.line_facts[:, columns.THIRD]


def newline_word_ratio(batch: TextBatch) -> Float64:
    """Line feeds per word; 0 for a text without words."""
    return share(batch.characters("line_feeds"), batch.words.counts)


def url_share(batch: TextBatch) -> Float64:
    """Characters of URLs over all characters."""
    return share(batch.line_facts[:, columns.URL_CHARACTERS], batch.characters("characters"))


def xml_header(batch: TextBatch) -> Int64:
    """1 for a text that begins with an XML declaration."""
    return batch.line_facts[:, columns.XML_HEADER]


def _fraction(batch: TextBatch, column: int) -> Float64:
    return share(batch.line_facts[:, column], batch.line_facts[:, columns.LINES])
