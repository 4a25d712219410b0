"""Small token stores written for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.tokens.store import TokenStore
from training.tokens.writer import StoreWriter


def store_of(
    folder: Path,
    train: Sequence[Sequence[int]],
    validation: Sequence[Sequence[int]] = ((1,),),
    *,
    vocab_size: int = 1000,
) -> TokenStore:
    """A store with these documents (ids without end-of-text); doc_id n is n as 16 bytes."""
    with StoreWriter(folder, vocab_size=vocab_size, eos_id=0) as writer:
        number = 0
        for split, documents in (("train", train), ("validation", validation)):
            writer.start(split)
            for ids in documents:
                writer.add(number.to_bytes(16, "big"), f"source{number % 2}", list(ids))
                number += 1
    return TokenStore.open(folder)
