"""In which language a text is, and in which scripts its letters are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.corpus.language.scripts import SCRIPTS
from training.corpus.signals.batch import Float64, TextBatch, share


def language(batch: TextBatch) -> npt.NDArray[np.int16]:
    """The likeliest language, as a place in `language.identify.NAMES`; 0 is none."""
    return batch.languages.codes


def language_score(batch: TextBatch) -> Float64:
    """The probability that the model gives to that language; 0 where there is none."""
    return batch.languages.scores


def script_latin(batch: TextBatch) -> Float64:
    """Latin letters over letters."""
    return _share(batch, "latin")


def script_han(batch: TextBatch) -> Float64:
    """Han characters over letters."""
    return _share(batch, "han")


def script_kana(batch: TextBatch) -> Float64:
    """Hiragana and katakana over letters."""
    return _share(batch, "kana")


def script_hangul(batch: TextBatch) -> Float64:
    """Hangul over letters."""
    return _share(batch, "hangul")


def script_cyrillic(batch: TextBatch) -> Float64:
    """Cyrillic letters over letters."""
    return _share(batch, "cyrillic")


def script_arabic(batch: TextBatch) -> Float64:
    """Arabic letters over letters."""
    return _share(batch, "arabic")


def script_greek(batch: TextBatch) -> Float64:
    """Greek letters over letters."""
    return _share(batch, "greek")


def script_devanagari(batch: TextBatch) -> Float64:
    """Devanagari letters over letters."""
    return _share(batch, "devanagari")


def script_thai(batch: TextBatch) -> Float64:
    """Thai letters over letters."""
    return _share(batch, "thai")


def script_hebrew(batch: TextBatch) -> Float64:
    """Hebrew letters over letters."""
    return _share(batch, "hebrew")


def script_other(batch: TextBatch) -> Float64:
    """Letters of every other script over letters."""
    return _share(batch, "other")


def _share(batch: TextBatch, script: str) -> Float64:
    return share(batch.scripts[:, SCRIPTS.index(script)], batch.characters("letters"))
