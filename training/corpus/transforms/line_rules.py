"""Lines that are no prose, as the C4 corpus drops them (Raffel and others, 2020).

A word is what the signals count as one; a line is looked at without white space at its ends. Of
several reasons the first in `LineRules.reasons` is told.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.corpus.signals.batch import line_enders
from training.corpus.signals.characters import class_table
from training.corpus.signals.fixed_phrases import JAVASCRIPT, POLICY_PHRASES
from training.corpus.transforms.edits import Edits
from training.corpus.transforms.transform import Batch, Editor, Passes
from training.specs.transform_parts import LineRulesPart


class LineRules:
    """Cuts whole lines."""

    reasons = (
        "speaks of JavaScript",
        "is a notice of cookies, terms or privacy",
        "has too few words",
        "has a word that is too long",
        "does not end a sentence",
    )

    def __init__(self, options: LineRulesPart, folder: Path) -> None:
        self.options = options

    def prepare(self, passes: Passes) -> None:
        """Nothing: no other document matters."""

    def editor(self, shard: int) -> Editor:
        """The same for all shards."""
        return self.edits

    def edits(self, batch: Batch) -> Edits:
        """Judge every line."""
        from training.corpus.transforms import line_kernels

        options, texts = self.options, batch.texts
        phrases = _phrases(options)
        bounds = np.cumsum([0, *map(len, phrases)]).astype(np.int64)
        rows = np.empty((line_kernels.most_lines(texts.data, texts.offsets), 4), dtype=np.int64)
        found = line_kernels.judge_lines(
            texts.data,
            texts.offsets,
            class_table(),
            line_enders(),
            np.frombuffer(b"".join(phrases), dtype=np.uint8),
            bounds,
            int(options.drops_javascript),
            options.min_words,
            options.max_word_characters,
            options.must_end,
            rows,
        )
        text, start, stop, reason = rows[:found].T.copy()
        return Edits(text, start, stop, reason)


def _phrases(options: LineRulesPart) -> list[bytes]:
    chosen = [JAVASCRIPT] if options.drops_javascript else []
    if options.drops_policies:
        chosen += POLICY_PHRASES
    return [phrase.encode() for phrase in chosen]
