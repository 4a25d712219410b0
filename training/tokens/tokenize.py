"""The verb ``tokenize``: a corpus or a task set and a tokenizer in, a token store out.

Documents held out for validation are written after the others, so that each split is one range of
tokens. By ``hash`` that takes two passes over the corpus, each encoding its own documents. Task
sets bring their own splits and are written by ``training.tokens.examples``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import tee
from typing import Any

import numpy as np

from training.corpus.corpus import Corpus, num_text_bytes
from training.corpus.rules.rule import Mask
from training.corpus.stopping import check_stop, ends_on_stop
from training.corpus.weights import read_weights
from training.errors import DataError
from training.folder.artifact import load_manifest
from training.folder.job import Job
from training.specs.tokenize import HoldOut, TokenizeSpec, ValidationPart
from training.tokenizers.encode import encode_texts
from training.tokenizers.load import copy_tokenizer, load_tokenizer, set_threads, vocabulary
from training.tokens.examples import split_counts, tokenize_tasks
from training.tokens.fit import write_fit
from training.tokens.store import TOKENIZER_FOLDER
from training.tokens.writer import StoreWriter
from training.vocabulary.record import FitRecord

TRAIN, VALIDATION = "train", "validation"


def run(spec: TokenizeSpec, job: Job) -> None:
    """Encode every kept document; DataError when a split would be empty."""
    set_threads(spec.num_threads or 1)
    kind = "tokenizer" if spec.tokenizer else "model"
    folder = job.input(spec.tokenizer or spec.model, kind)
    if spec.tasks:
        tokenize_tasks(spec, job, folder, kind)
        return
    corpus = Corpus.open(job.input(spec.corpus, "corpus"))
    inputs = {"corpus": corpus.folder, kind: folder}
    with ends_on_stop(job), job.write_output("tokens", inputs=inputs) as artifact:
        copy_tokenizer(folder, artifact.path / TOKENIZER_FOLDER)
        tokenizer = load_tokenizer(folder)
        known = vocabulary(folder, tokenizer)
        with StoreWriter(
            artifact.path,
            vocab_size=known.size,
            eos_id=known.eos_id,
            tokenizer=load_manifest(folder).id,
            weights=read_weights(corpus.folder),
        ) as writer:
            fit = FitRecord(folder, corpus.info.num_kept_bytes)
            write = _Writing(corpus, tokenizer, writer, job, fit)
            if spec.validation.method == HoldOut.HASH:
                _by_hash(write, spec.validation)
            else:
                _by_position(write, spec.validation)
            info = writer.info()
        write_fit(fit, artifact.path, job, has_base=bool(spec.model))
        offsets = np.fromfile(artifact.path / "offsets.bin", dtype="<i8")
        artifact.counts.update(
            documents=info.num_documents,
            tokens=info.num_tokens,
            text_bytes=write.text_bytes,
            vocab_size=info.vocab_size,
            **split_counts(info.splits, offsets),
        )


class _Writing:
    """Encodes documents of a corpus into a writer and tells how far it is."""

    def __init__(
        self, corpus: Corpus, tokenizer: Any, writer: StoreWriter, job: Job, fit: FitRecord
    ) -> None:
        self.corpus, self.tokenizer, self.writer, self.job = corpus, tokenizer, writer, job
        self.fit = fit
        self.text_bytes = 0

    def documents(self, only: Mask | None = None) -> None:
        """Append the kept documents (those in ``only``) in order."""
        self.job.phase("encoding")
        named, texts = tee(self._rows(only))
        ids = encode_texts(self.tokenizer, (text for _, _, text in texts))
        for (doc_id, source, text), values in zip(named, ids, strict=True):
            self.writer.add(doc_id, source, values)
            self.fit.add(doc_id, text, values)
            self.job.progress(self.writer.num_documents, self.corpus.info.num_kept, "documents")

    def _rows(self, only: Mask | None) -> Iterator[tuple[bytes, str, str]]:
        for batch in self.corpus.batches(("doc_id", "source", "text"), only=only, batch_rows=512):
            check_stop(self.job)
            self.text_bytes += num_text_bytes(batch)
            columns = [batch.column(name).to_pylist() for name in ("doc_id", "source", "text")]
            yield from zip(*columns, strict=True)


def _by_hash(write: _Writing, choice: ValidationPart) -> None:
    """Held out by id: the same document is held out in every corpus it is part of."""
    draws = _draws(write.corpus)
    kept = write.corpus.is_kept
    if kept.sum() < 2:
        raise _too_few(1, "cut")
    is_held = (draws < choice.fraction * 2.0**64) & kept
    if not is_held.any():
        is_held[np.flatnonzero(kept)[np.argmin(draws[kept])]] = True
        write.job.warn(
            f"A share of {choice.fraction:g} of {int(kept.sum()):,} documents is less than one; "
            "one document is held out."
        )
    if is_held.sum() == kept.sum():
        raise DataError(
            f"Holding out {choice.fraction:g} of {int(kept.sum()):,} documents leaves none to "
            "train on.",
            advice="Lower validation.fraction.",
        )
    write.writer.start(TRAIN)
    write.documents(~is_held)
    write.writer.start(VALIDATION)
    write.documents(is_held)


def _draws(corpus: Corpus) -> Any:
    """One number in [0, 2^64) per document, from the second half of its id."""
    parts = [
        np.frombuffer(b"".join(batch.column("doc_id").to_pylist()), dtype=">u8")[1::2]
        for batch in corpus.documents.batches(("doc_id",))
    ]
    return np.concatenate(parts).astype(np.uint64)


def _by_position(write: _Writing, choice: ValidationPart) -> None:
    """The last documents, or the last tokens, are held out; the order stays that of the corpus."""
    writer = write.writer
    writer.start(TRAIN)
    write.documents()
    target = round(writer.num_tokens * (1 - choice.fraction))
    if choice.method == HoldOut.CUT:
        if not 0 < target < writer.num_tokens:
            raise DataError(
                f"{writer.num_tokens:,} tokens cannot be divided at {choice.fraction:g}.",
                advice="Add text, or choose another validation.fraction.",
            )
        writer.start(VALIDATION, writer.cut(target))
        return
    if writer.num_documents < 2:
        raise _too_few(writer.num_documents, "cut")
    starts = writer.offsets()[1:-1]
    writer.start(VALIDATION, 1 + int(np.argmin(np.abs(starts - target))))


def _too_few(num_documents: int, method: str) -> DataError:
    return DataError(
        f"The corpus keeps {num_documents} document, so none can be held out for validation.",
        advice=f"Set validation.method to {method}, which divides a document, or split the text "
        "into paragraphs when extracting.",
    )
