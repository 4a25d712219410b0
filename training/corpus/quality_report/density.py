"""How much a text shrinks when it is compressed: alone, and beside others of its population.

A document is compressed by itself (zstd, level 3); that is the share told per document. For the
share of a population its sampled documents are joined in the order of their lots, with a blank
line between, and compressed in blocks of 1 MiB (level 3): what repeats *between* documents counts
here. Small is repetitive; far below the others is boilerplate, far above is noise. Compare texts
of one script: a Chinese character is three bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from training.corpus.quality_report.facts import compress

BLOCK_BYTES = 1 << 20
MOST_BLOCKS = 4
_BETWEEN = b"\n\n"


class BlockDensity(TypedDict):
    """``share`` = compressed over plain bytes of whole blocks; None without text."""

    share: float | None
    num_bytes: int
    num_blocks: int


def block_density(texts: Iterable[bytes]) -> BlockDensity:
    """Compress the first blocks; one that is not full counts only where there is no other."""
    sizes: list[tuple[int, int]] = []
    waiting = bytearray()
    for text in texts:
        waiting += text + _BETWEEN
        while len(waiting) >= BLOCK_BYTES and len(sizes) < MOST_BLOCKS:
            sizes.append((BLOCK_BYTES, len(compress(bytes(waiting[:BLOCK_BYTES])))))
            del waiting[:BLOCK_BYTES]
        if len(sizes) == MOST_BLOCKS:
            break
    if not sizes and waiting.strip():
        sizes.append((len(waiting), len(compress(bytes(waiting)))))
    plain = sum(size for size, _ in sizes)
    return {
        "share": sum(small for _, small in sizes) / plain if plain else None,
        "num_bytes": plain,
        "num_blocks": len(sizes),
    }
