"""The verb ``tokenize``: a corpus or a task set and a tokenizer in, a token store out.

Documents are encoded side by side, by loops of our own where their ids are those of the tokenizer
(``training.tokenizers.encoders``), and then written in order, those held out for validation after
the others, so that each split is one range of tokens. The store is the same, byte for byte, for any
number of processes. Task sets bring their own splits and are written by
``training.tokens.examples``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from training.corpus.corpus import Corpus
from training.corpus.executor import ShardRunner, work_folder
from training.corpus.rules.rule import Mask
from training.corpus.stopping import KEPT, check_stop, ends_on_stop
from training.corpus.weights import read_weights
from training.errors import DataError
from training.events import EventKind
from training.folder.artifact import load_manifest
from training.folder.job import Job
from training.specs.tokenize import HoldOut, TokenizeSpec, ValidationPart
from training.tokenizers.encoders import Choice, Library, choose_encoder
from training.tokenizers.load import copy_tokenizer, load_tokenizer, set_threads, vocabulary
from training.tokens.encoded import EncodedCorpus, encode_corpus, num_workers
from training.tokens.examples import split_counts, tokenize_tasks
from training.tokens.fit import write_fit
from training.tokens.store import TOKENIZER_FOLDER
from training.tokens.writer import StoreWriter
from training.vocabulary.record import FitRecord

TRAIN, VALIDATION = "train", "validation"
#: Raised when the files of the work folder change.
_VERSION = 1
#: Of the corpus, on which both ways of encoding are held against each other.
_SAMPLE_CHARACTERS = 500_000


def run(spec: TokenizeSpec, job: Job) -> None:
    """Encode every kept document; DataError when a split would be empty."""
    kind = "tokenizer" if spec.tokenizer else "model"
    folder = job.input(spec.tokenizer or spec.model, kind)
    if spec.tasks:
        set_threads(spec.num_threads or 1)
        tokenize_tasks(spec, job, folder, kind)
        return
    set_threads(1)
    corpus = Corpus.open(job.input(spec.corpus, "corpus"))
    tokenizer = load_tokenizer(folder)
    choice = choose_encoder(tokenizer, _sample(corpus))
    job.events.write(EventKind.NOTE, message=_told(choice))
    inputs = {"corpus": corpus.folder, kind: folder}
    about = {"version": _VERSION, "library": choice.library.value} | {
        name: load_manifest(path).id for name, path in inputs.items()
    }
    with (
        ends_on_stop(job, KEPT),
        work_folder(job, about) as work,
        job.write_output("tokens", inputs=inputs) as artifact,
    ):
        copy_tokenizer(folder, artifact.path / TOKENIZER_FOLDER)
        known = vocabulary(folder, tokenizer)
        job.phase("encoding")
        runner = ShardRunner(job, work.resolve(), num_workers(corpus, spec.num_threads or 1))
        fit = FitRecord(folder, corpus.info.num_kept_bytes)
        encoded = encode_corpus(corpus, folder, choice.library, runner, fit.fraction)
        runner.close()
        with StoreWriter(
            artifact.path,
            vocab_size=known.size,
            eos_id=known.eos_id,
            tokenizer=load_manifest(folder).id,
            weights=read_weights(corpus.folder),
        ) as writer:
            job.phase("writing")
            write = _Writing(corpus, encoded, writer, job, fit)
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
            text_bytes=encoded.num_text_bytes(),
            vocab_size=info.vocab_size,
            encoder=choice.library.value,
            **split_counts(info.splits, offsets),
        )


def _told(choice: Choice) -> str:
    if choice.library == Library.TRAINYARD:
        return (
            "Encoding with Trainyard's own byte-level BPE: by structure and on a sample its ids "
            "are the tokenizer's."
        )
    return f"Encoding with the library tokenizers, which is slower: this tokenizer {choice.why}."


def _sample(corpus: Corpus) -> Iterator[str]:
    """The first texts of a corpus."""
    size = 0
    for batch in corpus.batches(("text",), batch_rows=64):
        for text in batch.column("text").to_pylist():
            yield text
            size += len(text)
            if size > _SAMPLE_CHARACTERS:
                return


class _Writing:
    """Writes encoded documents of a corpus into a store, and tells how far it is."""

    def __init__(
        self,
        corpus: Corpus,
        encoded: EncodedCorpus,
        writer: StoreWriter,
        job: Job,
        fit: FitRecord,
    ) -> None:
        self.corpus, self.writer, self.job = corpus, writer, job
        self._encoded, self._fit = encoded, fit

    def documents(self, only: Mask | None = None) -> None:
        """Append the kept documents (those in ``only``) in order."""
        for found in self._encoded.documents():
            check_stop(self.job)
            for place, (index, ids) in enumerate(
                zip(found.indices.tolist(), found.tokens, strict=True)
            ):
                if only is not None and not only[index]:
                    continue
                self.writer.add(found.doc_ids[place], found.sources[place], ids)
                if (text := found.texts[place]) is not None:
                    self._fit.add(found.doc_ids[place], text, ids)
            self.job.progress(self.writer.num_documents, self.corpus.info.num_kept, "documents")


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
