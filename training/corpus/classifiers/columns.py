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
from training.corpus.documents import Documents, shard_batches
from training.corpus.executor import CheckStop, ShardRunner
from training.corpus.signals.batch import TextBatch
from training.corpus.signals.table import SCORES_PREFIX
from training.errors import DataError
from training.specs.fit_classifier import Form, Target

#: Raised when the same classifier would give other numbers.
_VERSION = 1
_NUMBER = np.dtype(np.float32)

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
class ScoreWriter:
    """Writes [documents, columns] of a light classifier at its shard's place in ``path``."""

    classifier: Path
    shards: tuple[Path, ...]
    starts: tuple[int, ...]
    path: Path
    width: int
    #: NumPy file with the language of every document; None when no entry is for one.
    languages: Path | None = None

    def __call__(self, shard: int, check: CheckStop) -> int:
        """Score every text."""
        scorer = light_scorer(self.classifier)
        languages = np.load(self.languages, mmap_mode="r") if self.languages else None
        at = self.starts[shard]
        with self.path.open("r+b") as file:
            for rows in shard_batches(self.shards[shard], ("text",)):
                check()
                stop = at + rows.num_rows
                known = None if languages is None else np.asarray(languages[at:stop])
                values = scorer(TextBatch(rows.column("text")), known)
                file.seek(at * self.width * _NUMBER.itemsize)
                file.write(np.ascontiguousarray(values, dtype=_NUMBER).tobytes())
                at = stop
        return at - self.starts[shard]


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
    scorer = light_scorer(classifier.resolve())
    shards = tuple(shard.resolve() for shard in documents.shards())
    starts = np.cumsum([0, *(pq.read_metadata(shard).num_rows for shard in shards)]).tolist()
    path = (runner.folder / f"{name}.bin").resolve()
    with path.open("ab") as file:
        file.truncate(starts[-1] * scorer.width * _NUMBER.itemsize)
    known = languages.resolve() if scorer.wants_languages else None
    writer = ScoreWriter(classifier.resolve(), shards, tuple(starts), path, scorer.width, known)
    runner.run(name, writer, len(shards), starts[-1])
    values = np.fromfile(path, dtype=_NUMBER).reshape(-1, scorer.width)
    return [np.ascontiguousarray(values[:, place]) for place in range(scorer.width)]


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
