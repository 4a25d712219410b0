"""Which row goes into which split; rows of equal content never part, whatever the method.

By hash a row's place depends on its content alone: it stays when others are added. Stratified, the
shares hold within each value of a column (up to rounding), by rank of the same hash. By group, the
hash of the group's name decides for all its rows. By time, the newest test, those before validate.

Copies of one content under another group or date would part; the first one counts, and they are
left out: ``Assignment.num_parted``.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from training.errors import DataError
from training.specs.tasks import SplitMethod, SplitPart
from training.tasks.taskset import TEST, TRAIN, VALIDATION

_SPAN = 1 << 64


@dataclass(frozen=True)
class Assignment:
    """The split of each row; empty for copies that would have stood in another split."""

    splits: list[str]
    num_parted: int
    #: Splits that no row fell into, though a share was asked for, until one was moved there.
    topped_up: tuple[str, ...] = ()


def assign(ids: Sequence[bytes], keys: Sequence[str], part: SplitPart) -> Assignment:
    """Splits of rows given by content ids (16 bytes) and values of the column that divides.

    DataError when a time cannot be read or nothing would be left to train on.
    """
    contents = list(dict.fromkeys(ids))
    key_of: dict[bytes, str] = {}
    for one, key in zip(ids, keys, strict=True):
        key_of.setdefault(one, key)
    chosen = _METHODS[part.method](contents, [key_of[one] for one in contents], part)
    topped_up = _top_up(contents, chosen, part)
    split_of = dict(zip(contents, chosen, strict=True))
    splits = [split_of[one] for one in ids]
    num_parted = 0
    if part.method in (SplitMethod.GROUP, SplitMethod.TIME):
        for index, (one, key) in enumerate(zip(ids, keys, strict=True)):
            if key != key_of[one]:
                splits[index] = ""
                num_parted += 1
    if TRAIN not in chosen:
        raise DataError(
            f"Of {len(contents):,} different rows none is left to train on.",
            advice="Add rows, or lower splits.validation and splits.test.",
        )
    return Assignment(splits, num_parted, topped_up)


def _by_hash(contents: list[bytes], keys: list[str], part: SplitPart) -> list[str]:
    return [_at(_draw(one) / _SPAN, part) for one in contents]


def _by_group(contents: list[bytes], keys: list[str], part: SplitPart) -> list[str]:
    return [_at(_draw(_hash(key)) / _SPAN, part) for key in keys]


def _stratified(contents: list[bytes], keys: list[str], part: SplitPart) -> list[str]:
    members: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        members[key].append(index)
    chosen = [TRAIN] * len(contents)
    for indices in members.values():
        indices.sort(key=lambda index: (_draw(contents[index]), contents[index]))
        _cut(indices, chosen, part)
    return chosen


def _by_time(contents: list[bytes], keys: list[str], part: SplitPart) -> list[str]:
    times = [_time(key, part.column) for key in keys]
    order = sorted(range(len(contents)), key=lambda i: (-times[i], _draw(contents[i])))
    chosen = [TRAIN] * len(contents)
    _cut(order, chosen, part)
    return chosen


_METHODS = {
    SplitMethod.HASH: _by_hash,
    SplitMethod.STRATIFIED: _stratified,
    SplitMethod.GROUP: _by_group,
    SplitMethod.TIME: _by_time,
}


def _cut(order: list[int], chosen: list[str], part: SplitPart) -> None:
    """Of these rows the first test, the next validate, by share."""
    num_test = round(len(order) * part.test)
    num_held = num_test + round(len(order) * part.validation)
    for place, index in enumerate(order[:num_held]):
        chosen[index] = TEST if place < num_test else VALIDATION


def _at(place: float, part: SplitPart) -> str:
    """The split at a place in [0, 1): test first, so that it stays when validation changes."""
    if place < part.test:
        return TEST
    return VALIDATION if place < part.test + part.validation else TRAIN


def _top_up(contents: list[bytes], chosen: list[str], part: SplitPart) -> tuple[str, ...]:
    """Move one row into training, and into each split asked for, that got none; few rows only."""
    moved = []
    if part.method == SplitMethod.HASH and TRAIN not in chosen:
        chosen[max(range(len(contents)), key=lambda index: _draw(contents[index]))] = TRAIN
        moved.append(TRAIN)
    for split, share in ((VALIDATION, part.validation), (TEST, part.test)):
        training = [index for index, one in enumerate(chosen) if one == TRAIN]
        may_move = part.method in (SplitMethod.HASH, SplitMethod.STRATIFIED)
        if share and split not in chosen and len(training) > 1 and may_move:
            chosen[min(training, key=lambda index: _draw(contents[index]))] = split
            moved.append(split)
    return tuple(moved)


def _draw(content: bytes) -> int:
    """A number in [0, 2^64)."""
    return int.from_bytes(content[8:16], "big")


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _time(text: str, column: str) -> float:
    """Unix seconds of a number or an ISO 8601 date; without a zone it is UTC."""
    try:
        value = float(text)
    except ValueError:
        try:
            when = datetime.fromisoformat(text.strip())
        except ValueError:
            value = math.nan
        else:
            value = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if not math.isfinite(value):
        raise DataError(
            f"The column {column!r}, by which rows are divided, holds {text[:40]!r}, which is "
            "neither a number nor a date such as 2024-05-31.",
            advice="Mend these rows, or divide by another column.",
        )
    return value
