"""Which items of a set were answered rightly, small enough to stand beside the accuracy.

Two models are compared item by item (`training.benchmarks.paired`) where both were asked the same:
the same prompts, examples included, with the same choices and the same right one. That is known by
a hash of the items' contents, in whose order the answers stand; names and files do not count.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from training.benchmarks.benchmark import BenchmarkItem
from training.benchmarks.paired import Paired

KEY = "answers"


@dataclass(frozen=True)
class Answers:
    """``right`` is bool [items], in the order of the hashes of what was asked."""

    items_sha256: str
    right: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, answered: Iterable[tuple[str, BenchmarkItem, bool]]) -> Self:
        """Of (prompt, item, whether it was answered rightly), in any order."""
        rows = sorted((_digest(prompt, item), is_right) for prompt, item, is_right in answered)
        whole = hashlib.sha256(b"".join(digest for digest, _right in rows))
        return cls(whole.hexdigest(), np.array([right for _digest, right in rows], dtype=np.bool_))

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self | None:
        """From a set's results; None of those that keep none, or not as many as items."""
        kept, number = told.get(KEY), told.get("items")
        if not isinstance(kept, Mapping) or not isinstance(number, int):
            return None
        try:
            packed = base64.b64decode(str(kept.get("right", "")), validate=True)
        except ValueError:
            return None
        if len(packed) != (number + 7) // 8:
            return None
        bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=number)
        return cls(str(kept.get("items_sha256", "")), bits.astype(np.bool_))

    def told(self) -> dict[str, str]:
        """For JSON: the hash, and a bit for each item in base64, the first one highest."""
        packed = np.packbits(self.right).tobytes()
        return {
            "items_sha256": self.items_sha256,
            "right": base64.b64encode(packed).decode("ascii"),
        }

    def is_of_same_items(self, other: Answers) -> bool:
        """Whether both were asked the same."""
        return self.items_sha256 == other.items_sha256 and self.right.size == other.right.size

    def against(self, other: Answers) -> Paired:
        """Compared item by item; ValueError when they were not asked the same."""
        if not self.is_of_same_items(other):
            raise ValueError("these are answers to other items")
        return Paired.of(self.right, other.right)


def answers_by_set(answered: Iterable[tuple[str, BenchmarkItem, bool]]) -> dict[str, Answers]:
    """{name of the set: its answers} of (prompt, item, whether it was answered rightly)."""
    by_name: dict[str, list[tuple[str, BenchmarkItem, bool]]] = {}
    for one in answered:
        by_name.setdefault(one[1].set, []).append(one)
    return {name: Answers.of(rows) for name, rows in by_name.items()}


def _digest(prompt: str, item: BenchmarkItem) -> bytes:
    asked = json.dumps([prompt, list(item.choices), item.answer], ensure_ascii=True)
    return hashlib.sha256(asked.encode()).digest()
