"""The loop over texts: where the next word ends, and its ids, remembered or joined."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled
from training.tokenizers.bpe.cuts import end_of_word
from training.tokenizers.bpe.joins import MOST_BYTES, join
from training.tokenizers.bpe.words import copy_ids, hash_of, keep, slot_of_word

#: Words of more characters are not kept: hardly one comes again.
LONGEST_KEPT = 64


@compiled
def encode(
    codes: Any, ends: Any, roles_of: Any, cut: Any, pairs: Any, pieces: Any, words: Any, ids: Any
) -> Any:
    """Ids of texts whose characters lie one after another in ``codes``; returns ends [texts].

    ``ids`` [`MOST_BYTES` x characters] is written. ``cut``: `numbers_of`. ``pieces``: words that
    are taken as they are; ``words``: those that were met, and will be.
    """
    family, most, is_after = cut
    roles = np.empty(len(codes), np.uint8)
    for place in range(len(codes)):
        roles[place] = roles_of[codes[place]]
    room = np.empty((3, MOST_BYTES * LONGEST_KEPT), np.int64)
    heap = np.empty(3 * MOST_BYTES * LONGEST_KEPT, np.int64)
    ends_of_ids = np.empty(len(ends), np.int64)
    at = num_ids = 0
    for text in range(len(ends)):
        while at < ends[text]:
            stop = end_of_word(codes, roles, at, ends[text], family, most, is_after)
            size = stop - at
            key = hash_of(codes, at, stop)
            slot = slot_of_word(words, key, codes, at, size)
            count = copy_ids(words, slot, ids, num_ids)
            if not count:
                piece = slot_of_word(pieces, key, codes, at, size)
                count = copy_ids(pieces, piece, ids, num_ids)
                if not count:
                    if MOST_BYTES * size > room.shape[1]:
                        room = np.empty((3, 2 * MOST_BYTES * size), np.int64)
                        heap = np.empty(6 * MOST_BYTES * size, np.int64)
                    count = join(codes, at, stop, pairs, room, heap, ids, num_ids)
                if size <= LONGEST_KEPT:
                    keep(words, slot, key, codes, at, size, ids, num_ids, count)
            num_ids += count
            at = stop
        ends_of_ids[text] = num_ids
    return ends_of_ids
