"""One pass over a sample of a corpus: amounts of text, Chinese characters, words, tokens of each.

The sample is drawn by the documents' ids, so it is spread over the corpus and is the same for any
two comparisons of one size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from training.corpus.corpus import Corpus
from training.corpus.signals.batch import TextBatch
from training.corpus.stopping import check_stop
from training.folder.job import Job
from training.tokenizers.encode import encode_texts
from training.vocabulary.amounts import (
    Groups,
    Int64,
    TextAmounts,
    TokenAmounts,
    TokenCounter,
    languages_in,
    num_fields,
)
from training.vocabulary.spelling import Speller, han_run
from training.vocabulary.words import count_words

_COLUMNS = ("doc_id", "source", "language", "text")
_BATCH_ROWS = 512
_IDS = 2.0**64


@dataclass
class ByGroup:
    """The same amounts added up twice."""

    num_columns: int
    by_source: Groups = field(init=False)
    by_language: Groups = field(init=False)

    def __post_init__(self) -> None:
        self.by_source = Groups(self.num_columns)
        self.by_language = Groups(self.num_columns)


@dataclass(frozen=True)
class Sample:
    """Documents of a batch that were drawn."""

    sources: list[str]
    languages: list[str]
    texts: list[str]


class Measuring:
    """What a pass over the sample gives."""

    def __init__(self, spellers: list[Speller]) -> None:
        self.spellers = spellers
        self.text = ByGroup(num_fields(TextAmounts))
        self.tokens = [ByGroup(num_fields(TokenAmounts)) for _ in spellers]
        self.han: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self._counters = [TokenCounter(speller) for speller in spellers]

    def add(self, sample: Sample) -> None:
        """Cut a batch by every tokenizer."""
        batch = TextBatch.of(sample.texts)
        sample = replace(sample, languages=languages_in(batch, sample.languages))
        self._add(self.text, sample, TextAmounts.of(sample.texts, batch))
        for run in (run for text in sample.texts for run in han_run().findall(text)):
            self.han.update(run)
        self.words.update(count_words(sample.texts))
        for speller, counter, sums in zip(self.spellers, self._counters, self.tokens, strict=True):
            ids = encode_texts(speller.tokenizer, sample.texts)
            rows = np.array([counter.row(one) for one in ids], dtype=np.int64)
            self._add(sums, sample, rows)

    @staticmethod
    def _add(sums: ByGroup, sample: Sample, rows: Int64) -> None:
        sums.by_source.add(sample.sources, rows)
        sums.by_language.add(sample.languages, rows)


def drawn(corpus: Corpus, most_bytes: int, job: Job) -> Iterator[Sample]:
    """Kept documents of about ``most_bytes`` in all, one batch after the other."""
    fraction = min(1.0, most_bytes / max(1, corpus.info.num_kept_bytes))
    seen = 0
    for batch in corpus.batches(_COLUMNS, batch_rows=_BATCH_ROWS):
        check_stop(job)
        seen += batch.num_rows
        rows = [row for row in batch.to_pylist() if _place(row["doc_id"]) < fraction]
        if rows:
            yield Sample(
                [str(row["source"] or "") for row in rows],
                [str(row["language"] or "") for row in rows],
                [row["text"] for row in rows],
            )
        job.progress(seen, corpus.info.num_kept, "documents")


def _place(doc_id: bytes) -> float:
    return int.from_bytes(doc_id[:8], "big") / _IDS
