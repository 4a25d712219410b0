"""A hash by which two texts are the same text: composed characters, white space made single."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import xxhash

from training.corpus.signals.batch import TextBatch


def text_hash(batch: TextBatch) -> pa.FixedSizeBinaryArray:
    """XXH3 (128 bits) of each text with runs of white space as one space, then in NFC.

    White space is what ``str.split`` splits at; none is left at the ends; case is kept.
    """
    from training.corpus.signals import kernels

    first, last = int(batch.offsets[0]), int(batch.offsets[-1])
    spaced = np.empty(last - first, dtype=np.uint8)
    offsets, is_ascii = kernels.single_spaced(batch.data, batch.offsets, spaced)
    view = spaced.data
    digest = xxhash.xxh3_128_digest
    hashes = []
    bounds = offsets.tolist()
    for start, stop, is_plain in zip(bounds, bounds[1:], is_ascii.tolist(), strict=False):
        text = view[start:stop]
        hashes.append(digest(text if is_plain else _composed(text)))
    return pa.array(hashes, pa.binary(16))


def _composed(text: memoryview) -> bytes | memoryview:
    decoded = str(text, "utf-8")
    if unicodedata.is_normalized("NFC", decoded):
        return text
    return unicodedata.normalize("NFC", decoded).encode()
