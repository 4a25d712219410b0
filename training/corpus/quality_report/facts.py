"""What is counted of one sampled document: the columns of which the measures are ratios."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pyarrow as pa

from training.corpus.quality_report.characters import bracket_table, role_table
from training.corpus.quality_report.marks import count_phrases
from training.corpus.quality_report.words import WordPlaces
from training.corpus.signals.batch import Int64, TextBatch
from training.corpus.signals.characters import class_table

#: Columns of `facts_of`, in this order.
FACTS = (
    "bytes", "words", "spelled_words", "sentences", "whole_sentences", "begun_sentences",
    "ended_sentences", "sentence_words", "sentence_squares", "unmatched", "doubled",
    "compressed", "assistant", "stock", "placeholders",
)  # fmt: skip
COMPRESSION, COMPRESSION_LEVEL = "zstd", 3


def facts_of(batch: TextBatch, words: WordPlaces) -> Int64:
    """[texts, facts] of every text."""
    from training.corpus.quality_report import kernels

    roles = role_table()
    is_spelled = np.concatenate([[0], np.cumsum(words.is_spelled())])
    return np.column_stack(
        [
            np.diff(batch.offsets),
            np.diff(words.bounds),
            np.diff(is_spelled[words.bounds]),
            kernels.sentence_facts(batch.data, batch.offsets, class_table(), roles),
            kernels.unmatched_brackets(batch.data, batch.offsets, bracket_table(), roles),
            kernels.doubled_words(
                batch.data, words.bounds, words.hashes, words.sizes, words.starts, words.stops,
                words.flags,
            ),
            compressed_sizes(batch),
            count_phrases(batch, words),
        ]
    ).astype(np.int64)  # fmt: skip


def compressed_sizes(batch: TextBatch) -> Int64:
    """[texts] bytes of each text after zstd at level 3; 0 of an empty one."""
    bounds = batch.offsets.tolist()
    return np.array(
        [
            len(compress(batch.data[start:stop])) if stop > start else 0
            for start, stop in itertools.pairwise(bounds)
        ],
        dtype=np.int64,
    )


def compress(data: object) -> pa.Buffer:
    """Zstd at level 3."""
    return _codec().compress(data)


@functools.cache
def _codec() -> pa.Codec:
    return pa.Codec(COMPRESSION, compression_level=COMPRESSION_LEVEL)
