"""How fast rows become batches, and documents rows: tokens per second of CPU time on one core.

A store of documents of log-normal lengths (median 240 tokens, as of web pages); batches of 16 rows
in the order of a run, as the loop makes them for the causal objective, on the CPU. Beside them what
is the least that can be: copying the same tokens twice (inputs and labels) by one call a row.
Packing: a million documents into rows of 2,048. Run: python -m benchmarks.loader
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from benchmarks.table import Row, print_table
from training.specs.packing import Isolation, PackingPart, PackingWay
from training.tokens.batches import make_batch
from training.tokens.efficiency import measure
from training.tokens.order import epoch_permutation
from training.tokens.rows import AnyRows, rows_of_split
from training.tokens.store import TokenStore
from training.tokens.warm import compile_packers
from training.tokens.writer import StoreWriter

LENGTHS, NUM_ROWS = (512, 2048), 16
NUM_DOCUMENTS, NUM_PACKED = 40_000, 1_000_000
MEDIAN_TOKENS, SPREAD = 240, 1.0
SECONDS, REPEATS = 0.4, 5
CPU = torch.device("cpu")


def rows() -> Iterator[Row]:
    """Loading in every way, then packing."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        store = _store(Path(folder), NUM_DOCUMENTS)
        for length in LENGTHS:
            yield from _loading(store, length)
    yield from _packing()


def _loading(store: TokenStore, length: int) -> Iterator[Row]:
    for way in PackingWay:
        for isolation in (Isolation.DOCUMENT, Isolation.NONE):
            packing = PackingPart(way=way, isolation=isolation)
            packed = rows_of_split(store, "train", length, packing)
            batches = _batches(packed)
            speed = _best(lambda ids, p=packed, how=packing: make_batch(p, ids, how, CPU), batches)
            copied = _best(_copier(store, length), batches)
            yield Row(
                f"loader, {way}, isolation {isolation}, T = {length}",
                f"{speed * NUM_ROWS * length / 1e6:.0f} M tokens/s",
                "the tokens copied twice",
                f"{speed / copied:.2f}",
                "at least 20 M tokens/s",
                speed * NUM_ROWS * length >= 20e6,
            )


def _packing() -> Iterator[Row]:
    compile_packers()
    with tempfile.TemporaryDirectory() as folder:
        store = _store(Path(folder), NUM_PACKED, has_tokens=False)
        for way in (PackingWay.BEST_FIT, PackingWay.GREEDY):
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            started = time.process_time()
            packed = rows_of_split(store, "train", 2048, PackingPart(way=way))
            seconds = time.process_time() - started
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            yield Row(
                f"packing {NUM_PACKED:,} documents, {way}",
                f"{seconds:.2f} s",
                f"peak memory + {grown:.0f} MiB",
                f"{measure(packed).efficiency:.2%} text",
                "below 5 s",
                seconds < 5,
            )


def _store(folder: Path, num_documents: int, *, has_tokens: bool = True) -> TokenStore:
    rng = np.random.default_rng(0)
    sizes = np.maximum(2, rng.lognormal(np.log(MEDIAN_TOKENS), SPREAD, num_documents)).astype(int)
    with StoreWriter(folder, vocab_size=32_000, eos_id=0) as writer:
        writer.start("train")
        if has_tokens:
            for number, size in enumerate(sizes.tolist()):
                ids = rng.integers(1, 32_000, size, dtype=np.uint16)
                writer.add(number.to_bytes(16, "big"), "web", ids)
    store = TokenStore.open(folder)
    if not has_tokens:
        # Packing looks at lengths alone.
        store.offsets = np.concatenate([[0], np.cumsum(sizes)])
        store.info.splits["train"] = (0, num_documents)
    return store


def _batches(packed: AnyRows) -> list[np.ndarray]:
    order = epoch_permutation(len(packed), 0, 0)
    whole = len(order) // NUM_ROWS * NUM_ROWS
    return list(order[:whole].reshape(-1, NUM_ROWS))


def _copier(store: TokenStore, length: int) -> Callable[[np.ndarray], object]:
    last = len(store.tokens) // length - 1

    def copy(ids: np.ndarray) -> object:
        out = np.empty((2, len(ids), length), dtype=np.int64)
        for place, row in enumerate(np.minimum(ids, last - 1).tolist()):
            begin = row * length
            out[0, place] = store.tokens[begin : begin + length]
            out[1, place] = store.tokens[begin + 1 : begin + length + 1]
        return torch.from_numpy(out)

    return copy


def _best(load: Callable[[np.ndarray], object], batches: list[np.ndarray]) -> float:
    """Batches per second of CPU time, the best of some tries."""
    best = 0.0
    for _ in range(REPEATS):
        started, done = time.process_time(), 0
        while time.process_time() - started < SECONDS:
            load(batches[done % len(batches)])
            done += 1
        best = max(best, done / (time.process_time() - started))
    return best


if __name__ == "__main__":
    print_table(rows())
