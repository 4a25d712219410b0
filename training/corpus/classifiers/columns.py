"""Columns of scores: computed by a light classifier, or joined by ``doc_id`` from stored scores.

Their names hold the id of the classifier's manifest, so another classifier is another column. A
document that was not scored has NaN, which no rule drops.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from training.corpus.classifiers.classifier import Classifier, HashedScorer
from training.corpus.classifiers.evaluation import TOP_SCORE
from training.corpus.classifiers.keywords import KeywordModel
from training.corpus.documents import Documents
from training.corpus.executor import ShardRunner
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.table import SCORES_PREFIX
from training.corpus.text_columns import OfTexts, text_columns
from training.errors import DataError
from training.specs.fit_classifier import Form, Target

#: Raised when the same classifier would give other numbers.
_VERSION = 1

Float32 = npt.NDArray[np.float32]


class Purpose(StrEnum):
    """What a column is for, which is the first part of its name."""

    #: 0 to 5; of a classifier of classes five times the probability.
    QUALITY = "quality"
    #: Probability of the class that was looked for.
    SAFETY = "safety"
    #: Hits of a list for every 1,000 words; hits; different entries hit.
    KEYWORDS = "keywords"
    KEYWORD_HITS = "keyword_hits"
    KEYWORD_KINDS = "keyword_kinds"


LIST_PURPOSES = (Purpose.KEYWORDS, Purpose.KEYWORD_HITS, Purpose.KEYWORD_KINDS)
#: Columns of a scores artifact, in the order of `LIST_PURPOSES`; of a model the first alone.
SCORE_FIELDS = ("score", "hits", "kinds")


def column_name(purpose: Purpose, classifier_id: str) -> str:
    """As ``score-quality-<id>-v1``."""
    return f"{SCORES_PREFIX}{purpose}-{classifier_id}-v{_VERSION}"


def list_file(classifier_id: str) -> str:
    """Where the entries of a list stand beside the columns of its hits, so that they are found."""
    return f"{column_name(Purpose.KEYWORDS, classifier_id)}.jsonl"


@dataclass(frozen=True)
class LightScorer:
    """Scores a batch [texts, columns]; of a list three, of a model one."""

    model: HashedScorer | KeywordModel

    @property
    def width(self) -> int:
        """Columns."""
        return len(LIST_PURPOSES) if isinstance(self.model, KeywordModel) else 1

    @property
    def wants_languages(self) -> bool:
        """Whether it must know what language a text is in."""
        return isinstance(self.model, KeywordModel) and self.model.has_languages

    def __call__(self, batch: TextBatch, languages: npt.NDArray[np.int16] | None) -> Float32:
        """[texts, columns]."""
        if isinstance(self.model, KeywordModel):
            counts = self.model.count(batch, languages)
            columns = [counts.per_1000_words, counts.hits, counts.kinds]
            return np.stack(columns, axis=1).astype(np.float32)
        return self.model.score(batch)[:, None]


@functools.lru_cache(maxsize=4)
def light_scorer(folder: Path) -> LightScorer:
    """The scorer of a classifier without torch; DataError for an encoder."""
    form = Classifier.open(folder).form
    if form == Form.ENCODER:
        raise DataError(
            f"{folder.parent.name} is a classifier of the kind encoder, which a clean job does not "
            "run.",
            advice="Score the documents first (the verb score), and name these scores here.",
        )
    if form == Form.KEYWORDS:
        return LightScorer(KeywordModel.open(folder))
    return LightScorer(HashedScorer.open(folder))


def compute(
    classifier: Path, documents: Documents, runner: ShardRunner, name: str, languages: Path
) -> list[Float32]:
    """The columns [documents] of a light classifier, in the order of the documents."""
    folder = classifier.resolve()
    scorer = light_scorer(folder)
    known = languages.resolve() if scorer.wants_languages else None
    opened = functools.partial(_scorer, folder, known)
    values = text_columns(name, opened, np.float32, documents, runner, width=scorer.width)
    return [np.ascontiguousarray(values[:, place]) for place in range(scorer.width)]


def _scorer(classifier: Path, languages: Path | None) -> OfTexts:
    """``languages``: NumPy file with that of every document; None when no entry is for one."""
    scorer = light_scorer(classifier)
    known = np.load(languages, mmap_mode="r") if languages else None

    def score(texts: pa.LargeStringArray, first: int) -> Float32:
        here = None if known is None else np.asarray(known[first : first + len(texts)])
        return scorer(TextBatch(texts), here)

    return score


def join(scores: Path, doc_ids: npt.NDArray[np.uint64]) -> tuple[list[Float32], int]:
    """(columns of stored scores in the order of ``doc_ids`` [N, 2], documents without one)."""
    table = pq.read_table([*sorted(scores.glob("scores-*.parquet"))])
    wanted = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), len(doc_ids), [None, pa.py_buffer(doc_ids.astype(">u8").tobytes())]
    )
    places = pc.index_in(wanted, value_set=table.column("doc_id").combine_chunks())
    columns = []
    for name in (one for one in SCORE_FIELDS if one in table.column_names):
        taken = table.column(name).combine_chunks().take(places).cast(pa.float32())
        columns.append(np.array(taken.to_numpy(zero_copy_only=False), dtype=np.float32))
    return columns, places.null_count


def as_purpose(columns: list[Float32], purpose: Purpose, target: Target) -> list[Float32]:
    """Columns as their rule has them: a probability is a quality when it is taken five times."""
    if purpose == Purpose.QUALITY and target == Target.CLASS:
        return [columns[0] * np.float32(TOP_SCORE)]
    return columns
