"""Paragraphs that an earlier document has too."""

from __future__ import annotations

from training.corpus.transforms.duplicate_lines import DuplicateLines
from training.corpus.transforms.units import PARAGRAPH


class DuplicateParagraphs(DuplicateLines):
    """The same for runs of lines between blank ones."""

    reasons = ("stands in other documents too",)
    kind = PARAGRAPH
