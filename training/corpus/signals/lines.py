"""What the lines of a text look like: bullets, ellipses, short ones, ends without a full stop.

Lines are stripped of ASCII white space; blank ones are not counted. Cuts on these are Gopher's
(Rae 2021, A1) and FineWeb's (Penedo 2024).
"""

from __future__ import annotations

from training.corpus.signals.batch import Float64, TextBatch, share


def bullet_line_fraction(batch: TextBatch) -> Float64:
    """Lines that begin with a bullet sign, or with a hyphen or star before white space."""
    return share(batch.line_facts[:, 2], batch.line_facts[:, 0])


def ellipsis_line_fraction(batch: TextBatch) -> Float64:
    """Lines that end with "..." or with one ellipsis sign."""
    return share(batch.line_facts[:, 3], batch.line_facts[:, 0])


def short_line_fraction(batch: TextBatch) -> Float64:
    """Lines of at most 30 characters."""
    return share(batch.line_facts[:, 4], batch.line_facts[:, 0])


def ended_line_fraction(batch: TextBatch) -> Float64:
    """Lines whose last character ends a sentence (``batch.LINE_ENDERS``)."""
    return share(batch.line_facts[:, 5], batch.line_facts[:, 0])


def mean_line_length(batch: TextBatch) -> Float64:
    """Characters per line."""
    return share(batch.line_facts[:, 1], batch.line_facts[:, 0])


def newline_word_ratio(batch: TextBatch) -> Float64:
    """Line feeds per word; 0 for a text without words."""
    return share(batch.line_facts[:, 6], batch.words.counts)
