"""Texts cut between the words of a Chinese dictionary (rjieba), to learn pieces that respect them.

The cuts are for training alone: a tokenizer.json knows no dictionary. Encoding may join two words
where a piece of both was learnt from a text in which they were one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from training.corpus.signals.characters import HAN_RANGES

_HAN = "".join(f"{chr(first)}-{chr(last)}" for first, last in HAN_RANGES)
_RUN = re.compile(f"[{_HAN}]+")
_CHARACTER = re.compile(f"[{_HAN}]")


def cut_words(text: str) -> list[str]:
    """Pieces that together are the text; cut between two words of Chinese."""
    import rjieba

    return _cut(
        text, (end for run in _RUN.finditer(text) for end in _ends(run, rjieba.cut(run[0])))
    )


def cut_characters(text: str) -> list[str]:
    """The same, cut around every Chinese character."""
    found = (run.span() for run in _CHARACTER.finditer(text))
    return _cut(text, (border for span in found for border in span))


def _ends(run: re.Match[str], words: list[str]) -> Iterator[int]:
    """Where the words of a run end, but the last, which may go on in another script."""
    place = run.start()
    for word in words[:-1]:
        place += len(word)
        yield place


def _cut(text: str, borders: Iterator[int]) -> list[str]:
    pairs = pairwise([0, *borders, len(text)])
    return [text[start:end] for start, end in pairs if end > start]
