"""Small texts, and models fitted to them in a folder."""

from __future__ import annotations

import random
from pathlib import Path

from training.corpus.ngram_lm.counting import WINDOWS_AT_ONCE
from training.corpus.ngram_lm.fitting import Fitted, Fitting
from training.corpus.ngram_lm.model import NgramModel
from training.corpus.signals.batch import TextBatch

_WORDS = ("the", "of", "and", "to", "a", "in", "that", "it", "is", "was", "for", "on", "with")


def chatter(num_texts: int, seed: int = 0) -> list[str]:
    """Texts of a few lines with words of falling frequency, Chinese and blank lines among them."""
    dice = random.Random(seed)
    words = [*_WORDS, "我", "们", "来", *(f"Word{n}" for n in range(30))]
    weights = [1 / (place + 1) for place in range(len(words))]
    return [
        "\n".join(
            " ".join(dice.choices(words, weights, k=dice.randrange(9)))
            for _ in range(dice.randrange(1, 5))
        )
        for _ in range(num_texts)
    ]


def fitted(
    folder: Path, texts: list[str], order: int = 5, vocab_size: int = 1_000, min_count: int = 1,
    windows_at_once: int = WINDOWS_AT_ONCE, batch: int = 40,
) -> Fitted:  # fmt: skip
    """Fit a model into ``folder``."""
    batches = [TextBatch.of(texts[at : at + batch]) for at in range(0, len(texts), batch)]
    work = folder / "work"
    work.mkdir(parents=True)
    fitting = Fitting(
        lambda: batches, order, vocab_size, min_count, windows_at_once=windows_at_once
    )
    return fitting.run(folder, work)


def open_fitted(folder: Path, texts: list[str], **options: int) -> NgramModel:
    """The model fitted to these texts."""
    fitted(folder, texts, **options)
    return NgramModel.open(folder)
