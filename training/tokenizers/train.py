"""The verb ``tokenizer``: a corpus in, a ``tokenizer`` artifact out.

One document in fifty (by its id, so always the same ones) is held back from training; the figures
in ``statistics.json`` are measured on those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from training.corpus.corpus import Corpus
from training.corpus.stopping import check_stop, ends_on_stop
from training.errors import DataError
from training.folder.atomic import write_json
from training.folder.job import Job
from training.specs.tokenizer import TokenizerSpec
from training.specs.tokenizer_parts import TokenizerKind
from training.tokenizers.build import build_tokenizer, save_tokenizer
from training.tokenizers.load import set_threads
from training.tokenizers.statistics import measure
from training.tokenizers.unigram import MAX_BYTES

STATISTICS_FILE = "statistics.json"
_HELD_OUT_ONE_IN = 50
_MAX_SAMPLE_BYTES = 5_000_000
_MAX_SAMPLE_DOCUMENTS = 2_000


def run(spec: TokenizerSpec, job: Job) -> None:
    """Train, measure, write; SpecError when the vocabulary is larger than the corpus supports."""
    set_threads(spec.num_threads or 1)
    corpus = Corpus.open(job.input(spec.corpus, "corpus"))
    with ends_on_stop(job), job.write_output("tokenizer", inputs={"corpus": corpus.folder}) as out:
        job.phase("training tokenizer")
        reading = _Reading(corpus, spec, job)
        tokenizer = build_tokenizer(spec, reading.training_texts)
        save_tokenizer(tokenizer, spec, out.path)
        job.phase("measuring tokenizer")
        sample = reading.sample or list(islice(corpus.texts(), _MAX_SAMPLE_DOCUMENTS))
        fit = measure(tokenizer, sample, is_held_out=bool(reading.sample))
        size = tokenizer.get_vocab_size(with_added_tokens=True)
        learnt = size - spec.smallest_vocab_size
        learnt_as = "merges" if spec.kind == TokenizerKind.BPE else "learnt_pieces"
        figures = {
            "kind": spec.kind.value,
            "vocab_size": size,
            learnt_as: learnt,
            "special_tokens": spec.special_tokens,
            "roles": spec.roles,
            "training_bytes": reading.num_bytes,
            "fit": asdict(fit),
        }
        write_json(out.path / STATISTICS_FILE, figures)
        out.counts.update(
            {
                "kind": spec.kind.value,
                "vocab_size": size,
                learnt_as: learnt,
                "training_bytes": reading.num_bytes,
                "bytes_per_token": round(fit.bytes_per_token, 4),
                "tokens_per_word": round(fit.tokens_per_word, 4),
            }
        )


class _Reading:
    """The texts to learn from, with the held-out ones put aside on the way."""

    def __init__(self, corpus: Corpus, spec: TokenizerSpec, job: Job) -> None:
        self.corpus, self.spec, self.job = corpus, spec, job
        self.sample: list[str] = []
        self.num_bytes = 0
        self._sample_bytes = 0
        self._max_bytes = spec.max_training_bytes
        if spec.kind == TokenizerKind.UNIGRAM and self._max_bytes > MAX_BYTES:
            self._max_bytes = MAX_BYTES
            if corpus.info.num_kept_bytes > MAX_BYTES:
                job.warn(f"SentencePiece learns from the first {MAX_BYTES:,} bytes of the corpus.")

    def training_texts(self) -> Iterator[str]:
        """Kept texts but the sample, up to the limit of the spec; the same again when called again.

        DataError when there are none.
        """
        self.sample, self.num_bytes, self._sample_bytes = [], 0, 0
        total = min(self.corpus.info.num_kept_bytes, self._max_bytes)
        for batch in self.corpus.batches(("doc_id", "text")):
            check_stop(self.job)
            ids, texts = batch.column("doc_id").to_pylist(), batch.column("text").to_pylist()
            for doc_id, text in zip(ids, texts, strict=True):
                if self._is_held_out(doc_id, text):
                    continue
                self.num_bytes += len(text.encode())
                yield text
                if self.num_bytes >= self._max_bytes:
                    return
            self.job.progress(min(self.num_bytes, total), total, "bytes")
        if self.num_bytes == 0:
            raise DataError("The corpus holds no document to learn a tokenizer from.")

    def _is_held_out(self, doc_id: bytes, text: str) -> bool:
        if int.from_bytes(doc_id[:8], "big") % _HELD_OUT_ONE_IN:
            return False
        if self.num_bytes == 0:
            # A corpus of one document is learnt from, not held out.
            return False
        if self._sample_bytes < _MAX_SAMPLE_BYTES:
            self.sample.append(text)
            self._sample_bytes += len(text.encode())
        return True
