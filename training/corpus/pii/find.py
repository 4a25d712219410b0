"""Where personal data stands in texts: windows of the byte pre-filter, then expressions in them.

Kinds are tried in the order of the registry. Of two findings that overlap, the one whose kind
comes first is taken: a password in a URL is no e-mail address.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.corpus.pii.detector import Detector
from training.corpus.signals.batch import Int64, TextBatch
from training.registry import PII_KINDS

_WINDOW_EVERY = 64


@dataclass(frozen=True, order=True)
class Finding:
    """One value: its place in characters, and its kind, a name in ``registry.PII_KINDS``."""

    start: int
    stop: int
    kind: str


def find(text: str, kinds: Collection[str] | None = None) -> list[Finding]:
    """What stands in one text, in order; of all kinds, unless some are named."""
    chosen = PII_KINDS if kinds is None else kinds
    for _, found in find_all(TextBatch.of([text])):
        return [finding for finding in found if finding.kind in chosen]
    return []


def find_all(batch: TextBatch) -> Iterator[tuple[int, list[Finding]]]:
    """(place of a text in the batch, what stands in it) of each text that has anything."""
    windows = _windows(batch)
    for part in np.split(windows, np.flatnonzero(np.diff(windows[:, 0])) + 1):
        if not len(part):
            continue
        place = int(part[0, 0])
        if found := found_in(batch.texts[place].as_py(), part[:, 1:].tolist()):
            yield place, found


def found_in(text: str, windows: Sequence[Sequence[int]]) -> list[Finding]:
    """What the expressions find in these windows (trigger, first character, one after the last)."""
    found = []
    for rank, (kind, detector) in enumerate(detectors().items()):
        for trigger, start, stop in windows:
            if search := detector.searches.get(trigger):
                places = search(text, start, min(stop, len(text)))
                found += [(start, rank, stop, kind) for start, stop in places]
    return _without_overlaps(found)


def counts(batch: TextBatch) -> Int64:
    """[texts, kinds]: how many of each kind, in the order of the registry."""
    columns = {kind: column for column, kind in enumerate(PII_KINDS)}
    result = np.zeros((len(batch), len(columns)), dtype=np.int64)
    for place, found in find_all(batch):
        for finding in found:
            result[place, columns[finding.kind]] += 1
    return result


@functools.cache
def detectors() -> dict[str, Detector]:
    """Every kind's detector, in order."""
    return {name: row.load() for name, row in PII_KINDS.items()}


def _windows(batch: TextBatch) -> Int64:
    """[windows, 4] as the kernel writes them."""
    from training.corpus.pii.kernels import byte_classes, find_windows

    room = int(batch.offsets[-1] - batch.offsets[0]) // _WINDOW_EVERY + 64
    while True:
        windows = np.empty((room, 4), dtype=np.int64)
        count = find_windows(batch.data, batch.offsets, byte_classes(), windows)
        if count <= room:
            return windows[:count]
        room = count


def _without_overlaps(found: list[tuple[int, int, int, str]]) -> list[Finding]:
    kept: list[tuple[int, Finding]] = []
    for start, rank, stop, kind in sorted(found):
        while kept and start < kept[-1][1].stop and rank < kept[-1][0]:
            kept.pop()
        if not kept or start >= kept[-1][1].stop:
            kept.append((rank, Finding(start, stop, kind)))
    return [finding for _, finding in kept]
