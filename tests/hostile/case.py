"""One hostile file and the answer that it must get."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

SEED = 20_240_901


@dataclass(frozen=True)
class Case:
    """A file named ``name``. Exactly what stands here must come out; nothing else may.

    ``refused`` is a part of the sentence that refuses it whole; ``fault`` one of the reason of what
    was left out (``num_faults`` of them); ``warning`` one of what was said of an accepted file.
    ``num_documents`` come out of it: 0 when it is refused.
    """

    name: str
    make: Callable[[random.Random], bytes]
    refused: str = ""
    fault: str = ""
    num_faults: int = 0
    line: int = 0
    warning: str = ""
    num_documents: int = 0

    def data(self) -> bytes:
        """Its bytes, the same every time."""
        return self.make(random.Random(f"{SEED} {self.name}"))


def fixed(data: bytes) -> Callable[[random.Random], bytes]:
    """A file without chance in it."""
    return lambda _: data


def refused(name: str, data: bytes, sentence: str) -> Case:
    """A file that is refused whole."""
    return Case(name, fixed(data), refused=sentence)


def quarantined(
    name: str, data: bytes, reason: str, *, line: int = 0, num_faults: int = 1, kept: int = 1
) -> Case:
    """A file of which some lines are left out and the others kept."""
    return Case(
        name, fixed(data), fault=reason, num_faults=num_faults, line=line, num_documents=kept
    )


def accepted(name: str, data: bytes, warning: str = "", num_documents: int = 1) -> Case:
    """A file that is read, and something said of it."""
    return Case(name, fixed(data), warning=warning, num_documents=num_documents)
