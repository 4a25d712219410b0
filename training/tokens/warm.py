"""Compiles every kernel before anybody waits for one; run once at set-up.

``python -m training.tokens.warm``: those of the corpus, the packers, byte-level BPE. numba keeps
the code beside the source, or in ``NUMBA_CACHE_DIR``, which must then be set for the jobs too (the
container image does so).
"""

from __future__ import annotations

import logging

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

from training.corpus.warm import compile_kernels
from training.tokenizers.bpe.encoder import PairEncoder
from training.tokenizers.ranks import byte_characters
from training.tokens.packers import best_fit, first_fit


def compile_packers() -> None:
    """Pack two pieces in both ways."""
    sizes = np.array([1, 2], dtype=np.int32)
    best_fit(sizes, 3)
    first_fit(sizes, 3)


def compile_encoder() -> None:
    """Encode a word by a tokenizer of single bytes."""
    vocab = {piece: index for index, piece in enumerate(byte_characters())}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    list(PairEncoder(tokenizer).encode(["word"]))


def compile_all() -> None:
    """Compile all kernels."""
    # So little text gives warnings that say nothing.
    logging.getLogger("training").setLevel(logging.ERROR)
    compile_kernels()
    compile_packers()
    compile_encoder()


if __name__ == "__main__":
    compile_all()
