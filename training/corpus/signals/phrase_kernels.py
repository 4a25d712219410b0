"""Compiled search for a few fixed phrases and for URLs, at the bytes that are rare in them.

`line_kernels` looks at every byte of a line; where `notes` has a number for it, `note` looks
whether a phrase stands around it. ASCII capitals do not matter.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from training.corpus.signals.fixed_phrases import (
    JAVASCRIPT,
    LOREM_IPSUM,
    POLICY_PHRASES,
    URL_STOPS,
)
from training.corpus.signals.kernels import compiled

#: Bytes that are looked at.
LINE_FEED, DOT, COLON, J, K, V, F, P = range(1, 9)
#: Columns of what is found: all but the last five are of the line being read.
POLICY, JAVASCRIPTS, LOREMS, DOTS, URL_BYTES, URL_STOP, DOTS_STOP, NUM_FOUND = range(8)


def _bytes(phrase: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(phrase.encode(), dtype=np.uint8)


_JAVASCRIPT, _LOREM = _bytes(JAVASCRIPT), _bytes(LOREM_IPSUM)
_TERMS, _PRIVACY, _COOKIE_POLICY, _USES, _USE_OF, _USE = map(_bytes, POLICY_PHRASES)
_HTTP, _HTTPS, _SLASHES, _WWW = _bytes("http"), _bytes("https"), _bytes("://"), _bytes("www.")


@functools.cache
def notes() -> npt.NDArray[np.uint8]:
    """[256]: which bytes are looked at."""
    table = np.zeros(256, dtype=np.uint8)
    table[ord("\n")], table[ord(".")], table[ord(":")] = LINE_FEED, DOT, COLON
    for letter, number in (("j", J), ("k", K), ("v", V), ("f", F), ("p", P)):
        table[ord(letter)] = table[ord(letter.upper())] = number
    table.setflags(write=False)
    return table


@functools.cache
def url_bytes() -> npt.NDArray[np.bool_]:
    """[256]: which bytes a URL may go on with."""
    table = np.zeros(256, dtype=bool)
    table[0x21:0x7F] = True
    table[[ord(stop) for stop in URL_STOPS]] = False
    table.setflags(write=False)
    return table


@compiled
def stands(data: Any, begin: int, end: int, at: int, phrase: Any) -> bool:
    """Whether ``phrase`` (lower case) stands at ``at``, within [begin, end)."""
    if at < begin or at + len(phrase) > end:
        return False
    for place in range(len(phrase)):
        byte = data[at + place]
        if 65 <= byte <= 90:
            byte += 32
        if byte != phrase[place]:
            return False
    return True


@compiled
def note(data: Any, begin: int, end: int, at: int, kind: int, urls: Any, found: Any) -> None:
    """Look at the byte at ``at``; note in ``found`` what stands there. [begin, end) is a text."""
    if kind == DOT:
        _note_dot(data, begin, end, at, urls, found)
    elif kind == COLON:
        if stands(data, begin, end, at - 5, _HTTPS) and stands(data, begin, end, at, _SLASHES):
            _take_url(data, end, at - 5, at + 3, urls, found)
        elif stands(data, begin, end, at - 4, _HTTP) and stands(data, begin, end, at, _SLASHES):
            _take_url(data, end, at - 4, at + 3, urls, found)
    elif kind == J:
        found[JAVASCRIPTS] += stands(data, begin, end, at, _JAVASCRIPT)
    elif kind == P:
        found[LOREMS] += stands(data, begin, end, at - 7, _LOREM)
    else:
        found[POLICY] += is_policy(data, begin, end, at, kind)


@compiled
def is_policy(data: Any, begin: int, end: int, at: int, kind: int) -> bool:
    """Whether one of the phrases has its rare byte at ``at``."""
    if kind == V:
        return stands(data, begin, end, at - 3, _PRIVACY)
    if kind == F:
        return stands(data, begin, end, at - 7, _TERMS)
    return (
        stands(data, begin, end, at - 3, _COOKIE_POLICY)
        or stands(data, begin, end, at - 8, _USES)
        or stands(data, begin, end, at - 10, _USE_OF)
        or stands(data, begin, end, at - 7, _USE)
    )


@compiled
def _note_dot(data: Any, begin: int, end: int, at: int, urls: Any, found: Any) -> None:
    if at - 2 >= found[DOTS_STOP] and data[at - 1] == 46 and data[at - 2] == 46:
        found[DOTS] += 1
        found[DOTS_STOP] = at + 1
    if stands(data, begin, end, at - 3, _WWW) and not (
        at - 4 >= begin and _is_alphanumeric(data[at - 4])
    ):
        _take_url(data, end, at - 3, at + 1, urls, found)


@compiled
def _is_alphanumeric(byte: int) -> bool:
    return 48 <= byte <= 57 or 97 <= (byte | 32) <= 122


@compiled
def _take_url(data: Any, end: int, start: int, at: int, urls: Any, found: Any) -> None:
    """Count the URL that begins at ``start``, unless it stands in one that was counted."""
    if start < found[URL_STOP]:
        return
    while at < end and urls[data[at]]:
        at += 1
    found[URL_BYTES] += at - start
    found[URL_STOP] = at
