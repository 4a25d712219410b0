"""Where the word that begins at a character ends: the patterns of ``patterns``, one loop each.

A pattern is a list of alternatives of which the first that matches is taken; here the role of the
first characters says which it is. The patterns cover every text: a word follows on a word. All
positions are characters; ``roles`` are those of the text's characters under the pattern
(``characters``). Equal to both libraries' regular expressions, which the tests hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpus.signals.kernels import compiled
from training.specs.tokenizer_parts import Digits, PreTokenizer
from training.tokenizers.bpe.characters import (
    HAN,
    LETTER,
    LINE,
    LOWER,
    NUMBER,
    OTHER,
    SPACE,
    UPPER,
    Cut,
)

GPT2, CL100K, O200K, BERT, WHITESPACE = range(5)
_FAMILIES = {
    PreTokenizer.GPT2: GPT2,
    PreTokenizer.CL100K: CL100K,
    PreTokenizer.O200K: O200K,
    PreTokenizer.BERT: BERT,
    PreTokenizer.WHITESPACE: WHITESPACE,
}
_MOST_DIGITS = {Digits.ONE: 1, Digits.THREE: 3, Digits.WHOLE: 2**31 - 1}
_NOT_BEFORE = LINE | LETTER | NUMBER | HAN
_BLANK, _QUOTE, _SLASH = ord(" "), ord("'"), ord("/")
_D, _E, _L, _M, _R, _S, _T, _V = (ord(letter) for letter in "delmrstv")
#: An s to whoever looks at letters without their case.
_LONG_S = 0x17F


def numbers_of(cut: Cut) -> tuple[int, int, bool]:
    """(family, the most digits of a word, whether numbers are taken out before) for the loops."""
    return _FAMILIES[cut.kind], _MOST_DIGITS[cut.digits], cut.is_after_digits


@compiled
def end_of_word(
    codes: Any, roles: Any, at: int, end: int, family: int, most: int, is_after: bool
) -> int:
    """Where the word at ``at`` ends in a text that ends at ``end``."""
    if roles[at] & HAN:
        return at + 1
    if family == CL100K:
        return _cl100k(codes, roles, at, end, most)
    if family == O200K:
        return _o200k(codes, roles, at, end, most)
    return _gpt2(codes, roles, at, end, family, most, is_after)


@compiled
def _run(roles: Any, at: int, end: int, role: int) -> int:
    """The end of the characters of a role from ``at`` on."""
    while at < end and roles[at] & role:
        at += 1
    return at


@compiled
def _spaces(roles: Any, at: int, end: int, is_after: bool) -> int:
    """``\\s+(?!\\S)|\\s+``: all white space, but the last of several before a word."""
    stop = _run(roles, at, end, SPACE)
    if stop == end or stop == at + 1 or (is_after and roles[stop] & NUMBER):
        return stop
    return stop - 1


@compiled
def _contraction(codes: Any, at: int, end: int, in_any_case: bool) -> int:
    """The end of 's, 't, 'd, 'm, 'll, 've or 're at ``at``; ``at`` without one."""
    if at + 1 >= end or codes[at] != _QUOTE:
        return at
    first = _lower(codes[at + 1], in_any_case)
    if first in (_S, _D, _M, _T):
        return at + 2
    if at + 2 < end:
        second = _lower(codes[at + 2], in_any_case)
        if (first == _L and second == _L) or (first in (_V, _R) and second == _E):
            return at + 3
    return at


@compiled
def _lower(code: Any, in_any_case: bool) -> Any:
    if in_any_case:
        if code == _LONG_S:
            return np.uint32(_S)
        if 65 <= code <= 90:
            return np.uint32(code + 32)
    return np.uint32(code)


@compiled
def _digits(roles: Any, at: int, end: int, most: int) -> int:
    return _run(roles, at, min(end, at + most), NUMBER)


@compiled
def _gpt2(codes: Any, roles: Any, at: int, end: int, family: int, most: int, is_after: bool) -> int:
    """Also BERT's, without contractions and with signs one by one, and that of white space."""
    if family == GPT2:
        stop = _contraction(codes, at, end, False)
        if stop > at:
            return stop
    if roles[at] & NUMBER:
        return _digits(roles, at, end, most)
    word = at + 1 if codes[at] == _BLANK and at + 1 < end else at
    role = roles[word]
    if role & LETTER:
        return _run(roles, word, end, LETTER)
    if role & OTHER:
        return word + 1 if family == BERT else _run(roles, word, end, OTHER)
    if role & NUMBER and family == GPT2 and most > 3 and not is_after:
        return _run(roles, word, end, NUMBER)
    return _spaces(roles, at, end, is_after)


@compiled
def _cl100k(codes: Any, roles: Any, at: int, end: int, most: int) -> int:
    stop = _contraction(codes, at, end, True)
    if stop > at:
        return stop
    role = roles[at]
    if role & LETTER:
        return _run(roles, at, end, LETTER)
    if role & NUMBER:
        return _digits(roles, at, end, most)
    if not role & LINE and at + 1 < end and roles[at + 1] & LETTER:
        return _run(roles, at + 1, end, LETTER)
    return _signs_or_spaces(codes, roles, at, end, False)


@compiled
def _o200k(codes: Any, roles: Any, at: int, end: int, most: int) -> int:
    # A character before a word belongs to it where the rest alone is one.
    before = 1 if not roles[at] & _NOT_BEFORE else 0
    for word in range(at + before, at - 1, -1):
        stop = _end_in_lower(roles, word, end)
        if stop > word:
            return _contraction(codes, stop, end, True)
    for word in range(at + before, at - 1, -1):
        stop = _run(roles, word, end, UPPER)
        if stop > word:
            return _contraction(codes, _run(roles, stop, end, LOWER), end, True)
    if roles[at] & NUMBER:
        return _digits(roles, at, end, most)
    return _signs_or_spaces(codes, roles, at, end, True)


@compiled
def _end_in_lower(roles: Any, at: int, end: int) -> int:
    """``U*L+``: capitals as far as they go, then small ones; some characters are both."""
    stop = _run(roles, at, end, UPPER)
    if stop < end and roles[stop] & LOWER:
        return _run(roles, stop, end, LOWER)
    # Capitals give back as few as they must.
    while stop > at and not roles[stop - 1] & LOWER:
        stop -= 1
    return stop


@compiled
def _signs_or_spaces(codes: Any, roles: Any, at: int, end: int, with_slash: bool) -> int:
    """`` ?O+[\\r\\n]*``, with slashes in o200k; else ``\\s*[\\r\\n]+``; else spaces."""
    sign = at + 1 if codes[at] == _BLANK and at + 1 < end else at
    if roles[sign] & OTHER:
        stop = _run(roles, sign, end, OTHER)
        while stop < end and (roles[stop] & LINE or (with_slash and codes[stop] == _SLASH)):
            stop += 1
        return stop
    stop = _run(roles, at, end, SPACE)
    line = stop
    while line > at and not roles[line - 1] & LINE:
        line -= 1
    return line if line > at else _spaces(roles, at, end, False)
