"""Part of a split's documents, to count on: how rows would fill, without packing all of a store.

Stretches of neighbours, evenly over the split, so that sources and the order of the text stay as
they are. Of the sample only lengths (and where loss is) are there: its tokens are not those of the
documents. Nothing is drawn at random: the same store gives the same sample.
"""

from __future__ import annotations

import copy
import dataclasses

import numpy as np

from training.tokens.store import TokenStore

_NUM_STRETCHES = 64


def sample_of(store: TokenStore, split: str, num_documents: int) -> TokenStore:
    """The store itself, or about ``num_documents`` of the split's documents as one of its own."""
    first, last = store.documents(split)
    size = max(1, num_documents // _NUM_STRETCHES)
    if last - first <= size * _NUM_STRETCHES:
        return store
    begins = first + np.linspace(0, last - first - size, _NUM_STRETCHES).astype(np.int64)
    documents = (begins[:, None] + np.arange(size)).ravel()
    lengths = store.offsets[documents + 1] - store.offsets[documents]
    sample = copy.copy(store)
    sample.offsets = np.concatenate([[0], np.cumsum(lengths)])
    num_tokens = int(sample.offsets[-1])
    sample.tokens = np.broadcast_to(np.zeros(1, dtype=store.tokens.dtype), num_tokens)
    if (mask := store.loss_mask) is not None:
        pieces = [mask[store.offsets[begin] : store.offsets[begin + size]] for begin in begins]
        sample.loss_mask = np.concatenate(pieces)
    sample.info = dataclasses.replace(
        store.info,
        num_documents=len(documents),
        num_tokens=num_tokens,
        splits={split: (0, len(documents))},
    )
    return sample
