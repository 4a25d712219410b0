"""The ``classifier`` artifact opened: what it looks at, what its labels were, how it scores.

A score is a number from 0 to 5, or the probability of one class. ``classifier.json`` tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from training.corpus.classifiers.evaluation import TOP_SCORE
from training.corpus.classifiers.hashed import HashedModel
from training.corpus.classifiers.linear import Float64, logistic
from training.corpus.signals.batch import TextBatch
from training.folder.artifact import require_described
from training.folder.atomic import write_json
from training.specs.fit_classifier import Form, Target

KIND = "classifier"
INFO_FILE = "classifier.json"
EVALUATION_FILE = "evaluation.json"
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Classifier:
    """What a folder says of itself. ``positive`` is the class of which a score is a probability."""

    form: Form
    target: Target = Target.SCORE
    positive: str = ""
    labels: list[str] = field(default_factory=list)
    cut: float = 0.5
    bias: float = 0.0
    ngrams: int = 1
    max_tokens: int = 0

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read it; DataError when it is no classifier, or one of a newer Trainyard."""
        _manifest, info = require_described(
            folder, KIND, INFO_FILE, FORMAT_VERSION, keys=("form",), advice="Fit it again."
        )
        return cls.parsed(info)

    @classmethod
    def parsed(cls, info: Mapping[str, Any]) -> Self:
        """From plain data; KeyError or ValueError when it is none of ours."""
        known = {name: info[name] for name in cls.__dataclass_fields__ if name in info}
        return cls(**{**known, "form": Form(info["form"]), "target": Target(info["target"])})

    def save(self, folder: Path) -> None:
        """Write ``classifier.json``."""
        write_json(folder / INFO_FILE, {"format_version": FORMAT_VERSION, **asdict(self)})

    def finished(self, linear: Float64) -> npt.NDArray[np.float32]:
        """Scores of linear ones: cut off at 0 and 5, or made a probability."""
        if self.target == Target.CLASS:
            return logistic(linear).astype(np.float32)
        return np.clip(linear, 0, TOP_SCORE).astype(np.float32)


@dataclass(frozen=True)
class HashedScorer:
    """A hashed model with its finish."""

    classifier: Classifier
    model: HashedModel

    @classmethod
    def open(cls, folder: Path) -> Self:
        """From a classifier of the form ``hashed``."""
        one = Classifier.open(folder)
        return cls(one, HashedModel.open(folder, one.bias, one.ngrams))

    def score(self, batch: TextBatch) -> npt.NDArray[np.float32]:
        """[texts]."""
        return self.classifier.finished(self.model.score(batch))
