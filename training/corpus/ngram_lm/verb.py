"""The verb ``fit_ngram``: a corpus or documents in, an ``ngram_model`` artifact out.

Or somebody's ARPA file or KenLM binary in; an ARPA file gives the same tables as one of our own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from training.corpus.corpus import Corpus
from training.corpus.documents import Documents
from training.corpus.ngram_lm.fitting import Fitted, Fitting
from training.corpus.signals.batch import TextBatch
from training.corpus.stopping import check_stop, ends_on_stop
from training.folder.artifact import ArtifactDraft
from training.folder.job import Job
from training.specs.fit_ngram import FitNgramSpec


def run(spec: FitNgramSpec, job: Job) -> None:
    """Fit and write; DataError when the text has no words, or the file is no model."""
    if spec.upload or spec.path:
        from training.corpus.ngram_lm.foreign import take_over

        take_over(spec, job)
        return
    kind = "corpus" if spec.corpus else "documents"
    source = job.input(spec.corpus or spec.documents, kind)
    texts = Corpus.open(source) if spec.corpus else Documents.open(source)
    with ends_on_stop(job), job.write_output("ngram_model", inputs={kind: source}) as draft:
        reading = _Reading(texts, spec.max_training_bytes, job)
        fitting = Fitting(
            reading.batches, spec.order, spec.vocab_size, spec.min_count,
            tell=job.phase, check=lambda: check_stop(job),
        )  # fmt: skip
        with tempfile.TemporaryDirectory(dir=draft.path) as work:
            fitted = fitting.run(draft.path, Path(work))
        _describe(fitted, reading.num_bytes, draft, job)


class _Reading:
    """The texts in order, up to the limit; the same ones each time."""

    def __init__(self, texts: Corpus | Documents, most_bytes: int, job: Job) -> None:
        self._texts, self._most, self._job = texts, most_bytes, job
        self.num_bytes = 0
        counts = texts.manifest.counts
        known = counts.get("kept_bytes") or counts.get("text_bytes") or most_bytes
        self._total = min(int(known), most_bytes)

    def batches(self) -> Iterator[TextBatch]:
        """Batches of texts; the last one is cut after the document that reaches the limit."""
        self.num_bytes = 0
        for rows in self._texts.batches(("text",)):
            check_stop(self._job)
            batch = TextBatch(rows.column("text"))
            sizes = (batch.offsets[1:] - batch.offsets[0]).searchsorted(self._most - self.num_bytes)
            if sizes + 1 < len(batch):
                batch = TextBatch(rows.column("text").slice(0, int(sizes) + 1))
            self.num_bytes += int(batch.offsets[-1] - batch.offsets[0])
            yield batch
            self._job.progress(min(self.num_bytes, self._total), self._total, "bytes")
            if self.num_bytes >= self._most:
                return


def _describe(fitted: Fitted, num_bytes: int, draft: ArtifactDraft, job: Job) -> None:
    weak = [str(order) for order, one in enumerate(fitted.discounts, start=1) if one.is_fallback]
    if weak:
        job.warn(
            f"The text is too small to find the discounts of order {', '.join(weak)}; "
            f"0.5, 1 and 1.5 are taken, as lmplz --discount_fallback does."
        )
    draft.counts.update(
        order=len(fitted.counts),
        words=fitted.num_words,
        vocab_size=fitted.vocab_size,
        unknown_fraction=round(fitted.unknown_fraction, 6),
        training_bytes=num_bytes,
        ngrams=sum(fitted.counts),
        ngrams_by_order=fitted.counts,
        discounts=[[round(value, 6) for value in one.values] for one in fitted.discounts],
    )
