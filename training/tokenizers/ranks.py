"""Byte-level BPE in two forms of the same thing: merges of pairs, and ranks of tokens (tiktoken).

Merges join the neighbours that stand first in the list; ranks join those whose bytes together are
the token of lowest rank. Whatever text a token's bytes stand in, the joins inside them come in the
order in which they come when the token is encoded alone: no join crosses its ends before, or it
would not become this token. So the last join of a token encoded alone is the only one that
ever makes it, and a token that alone does not become whole is never made: one merge per token, in
the order of ranks, is the same thing.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from itertools import pairwise

Merge = tuple[bytes, bytes]


@functools.cache
def byte_characters() -> tuple[str, ...]:
    """The printable character that stands for each byte in a byte-level vocabulary (GPT-2)."""
    plain = {*range(33, 127), *range(161, 173), *range(174, 256)}
    shifted = iter(range(256, 512))
    return tuple(chr(byte) if byte in plain else chr(next(shifted)) for byte in range(256))


@functools.cache
def _bytes_of_characters() -> dict[str, int]:
    return {character: byte for byte, character in enumerate(byte_characters())}


def as_characters(token: bytes) -> str:
    """Bytes as a piece of a byte-level vocabulary."""
    return "".join(map(byte_characters().__getitem__, token))


def as_bytes(piece: str) -> bytes | None:
    """The reverse; None for a piece with other characters."""
    table = _bytes_of_characters()
    if any(character not in table for character in piece):
        return None
    return bytes(table[character] for character in piece)


def merges_of_ranks(ranks: Mapping[bytes, int]) -> tuple[list[Merge], list[bytes]]:
    """(the merge that makes each token, by rank; tokens that no merge makes)."""
    merges: list[Merge] = []
    unreached: list[bytes] = []
    for token in sorted(ranks, key=ranks.__getitem__):
        if len(token) > 1:
            pair = _last_join(token, ranks)
            if pair is None:
                unreached.append(token)
            else:
                merges.append(pair)
    return merges, unreached


def _last_join(token: bytes, ranks: Mapping[bytes, int]) -> Merge | None:
    """The two parts left before the last join, when ``token`` is encoded alone; None without."""
    parts = [token[place : place + 1] for place in range(len(token))]
    found = [ranks.get(one + two) for one, two in pairwise(parts)]
    while len(parts) > 2:
        at = _lowest(found)
        if at is None:
            return None
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
        del found[at]
        for place in (at - 1, at):
            if 0 <= place < len(found):
                found[place] = ranks.get(parts[place] + parts[place + 1])
    return None if token not in ranks else (parts[0], parts[1])


def _lowest(found: list[int | None]) -> int | None:
    """The place of the lowest number, the leftmost of several; None without any."""
    best: int | None = None
    for place, number in enumerate(found):
        if number is not None and (best is None or number < (found[best] or 0)):
            best = place
    return best
