"""Hash tables of n-grams in files that are mapped: 16 bytes per slot, linear probing.

A slot holds the 64-bit hash of an n-gram (0: free), its log10 probability and its log10 back-off
(float32 both). Two n-grams of one hash would be taken for each other: at 100 million n-grams one
look-up in 100,000 million goes wrong, as in KenLM's probing model.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from training.corpus.ngram_lm.vocabulary import UInt64

Float32 = npt.NDArray[np.float32]

#: Slots per n-gram.
_ROOM = 1.4
_LEAST_SLOTS = 8


@dataclass(frozen=True)
class Table:
    """``keys`` [slots, 2] and ``numbers`` [slots, 4] are the same bytes.

    ``keys[:, 0]`` is the hash, ``numbers[:, 2]`` the probability, ``numbers[:, 3]`` the back-off.
    """

    keys: UInt64
    numbers: Float32

    @classmethod
    def create(cls, path: Path, num_ngrams: int) -> Self:
        """An empty one; OSError when the disk has no room for it."""
        shape = (max(_LEAST_SLOTS, int(_ROOM * num_ngrams)), 2)
        array = create_array(path, np.dtype(np.uint64), shape)
        return cls(array, array.view(np.float32))

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a file that was made so."""
        keys: UInt64 = np.load(path, mmap_mode="r")
        return cls(keys, keys.view(np.float32))

    @classmethod
    def nothing(cls) -> Self:
        """A table in which nothing is found."""
        keys = np.zeros((0, 2), dtype=np.uint64)
        keys.setflags(write=False)
        return cls(keys, keys.view(np.float32))


def create_array(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """A NumPy file of zeros, mapped for writing; its room is taken first.

    Without that a full disk would end the process at some write to the mapping.
    """
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"shape": shape, "fortran_order": False, "descr": dtype.str}
        )
        size = int(np.prod(shape)) * dtype.itemsize
        if size:
            os.posix_fallocate(file.fileno(), file.tell(), size)
    array: npt.NDArray[Any] = np.load(path, mmap_mode="r+")
    return array
