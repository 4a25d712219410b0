"""Marks by which a text reads as if a machine had made it: wordings, placeholders, an even pace.

A proxy and no proof: people write these phrases too (about such machines, above all), and text
that was edited, or made by a better machine, bears none. The lists are ours, of wordings that
assistants are known for.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.corpus.quality_report.words import WordPlaces
from training.corpus.signals.batch import Int64, TextBatch

Hashes = npt.NDArray[np.uint64]
_FACTOR = np.uint64(0x9E3779B97F4A7C15)

#: An assistant speaks of itself, or refuses.
ASSISTANT = (
    "as an ai language model", "as a large language model", "as an ai assistant",
    "as an artificial intelligence language model", "i'm an ai language model",
    "i am an ai language model", "i'm just an ai", "my knowledge cutoff",
    "my last knowledge update",
    "i cannot fulfill that request", "i can't fulfill that request",
    "i cannot fulfill this request", "i can't assist with that", "i cannot assist with that",
    "i'm sorry, but i can't", "i'm sorry, but i cannot", "i am unable to browse the internet",
    "certainly here is", "certainly here's", "sure here is a", "sure here's a",
    "i hope this helps let me know if", "feel free to ask if you have any", "regenerate response",
    "作为一个人工智能语言模型", "作为人工智能语言模型", "作为一个ai语言模型", "作为ai语言模型",
    "作为一个大型语言模型", "我无法满足您的请求", "我是一个人工智能助手",
)  # fmt: skip
#: Stock wordings that assistants use far oftener than people.
STOCK = (
    "it is important to note that", "it's important to note that", "it is worth noting that",
    "it's worth noting that", "in today's fast-paced world", "in today's digital age",
    "in the ever-evolving", "ever-evolving landscape", "plays a crucial role in",
    "plays a vital role in", "plays a pivotal role in", "a rich tapestry", "a testament to",
    "delve into", "delving into", "navigating the complexities", "unlock the full potential",
    "unlock the power of", "embark on a journey", "in conclusion", "in summary",
    "whether you're a seasoned", "look no further", "seamlessly integrate", "game-changer",
    "the realm of", "foster a sense of", "underscores the importance", "a comprehensive guide",
    "值得注意的是", "综上所述", "总而言之", "在当今社会",
)  # fmt: skip
#: What a template leaves where somebody should have written something.
PLACEHOLDERS = (
    "[your name]", "[insert ", "[company name]", "[your company", "[name of ", "[date]", "[city]",
    "{{name}}", "{{ name }}", "%%first_name%%", "lorem ipsum dolor",
)  # fmt: skip

#: Stock wordings per 1,000 words from which on, and how many at least.
STOCK_RATE, STOCK_LEAST = 3.0, 2
#: Spread of sentence lengths (standard deviation over mean) up to which they are even.
EVEN_SPREAD, EVEN_SENTENCES = 0.3, 10
#: Share of words in 5-grams that stand several times.
REPEATED_SHARE = 0.2


@dataclass(frozen=True)
class Hit:
    """A phrase in a text of a batch; ``start`` and ``stop`` are bytes of the batch."""

    text: int
    start: int
    stop: int


def count_phrases(batch: TextBatch, words: WordPlaces) -> Int64:
    """[texts, 3]: phrases of an assistant, stock wordings, placeholders."""
    counts = np.zeros((len(batch), 3), dtype=np.int64)
    for column, phrases in enumerate((ASSISTANT, STOCK)):
        for hit in phrase_hits(words, phrases):
            counts[hit.text, column] += 1
    for hit in placeholder_hits(batch):
        counts[hit.text, 2] += 1
    return counts


def phrase_hits(words: WordPlaces, phrases: tuple[str, ...]) -> Iterator[Hit]:
    """Every place of every phrase; compared word by word, so case and punctuation are the same."""
    keys, sought = _sought(phrases)
    pairs = _pairs(words.hashes)
    places = np.searchsorted(keys, pairs)
    is_known = keys[np.minimum(places, len(keys) - 1)] == pairs
    for at in np.flatnonzero(is_known).tolist():
        text = int(np.searchsorted(words.bounds, at, side="right")) - 1
        for phrase in sought[int(pairs[at])]:
            end = at + len(phrase)
            if end <= words.bounds[text + 1] and (words.hashes[at:end] == phrase).all():
                yield Hit(text, int(words.starts[at]), int(words.stops[end - 1]))


def placeholder_hits(batch: TextBatch) -> Iterator[Hit]:
    """Every place of what templates leave; compared byte by byte, in lower case."""
    first, last = int(batch.offsets[0]), int(batch.offsets[-1])
    whole = batch.data[first:last].tobytes().lower()
    for phrase in PLACEHOLDERS:
        sought = phrase.encode()
        at = whole.find(sought)
        while at >= 0:
            text = int(np.searchsorted(batch.offsets, first + at, side="right")) - 1
            if first + at + len(sought) <= batch.offsets[text + 1]:
                yield Hit(text, first + at, first + at + len(sought))
            at = whole.find(sought, at + 1)


def is_stock(stock: npt.NDArray[np.int64], words: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether stock wordings are frequent in a text."""
    return (stock >= STOCK_LEAST) & (stock * 1_000 >= STOCK_RATE * np.maximum(words, 1))


@functools.cache
def _sought(phrases: tuple[str, ...]) -> tuple[Hashes, dict[int, list[Hashes]]]:
    """(sorted keys of the first two words, the phrases that begin with each)."""
    words = TextBatch.of(phrases).words
    found: dict[int, list[Hashes]] = {}
    for start, stop in itertools.pairwise(words.offsets.tolist()):
        phrase = words.hashes[start:stop]
        found.setdefault(int(_pairs(phrase)[0]), []).append(phrase)
    return np.array(sorted(found), dtype=np.uint64), found


def _pairs(hashes: Hashes) -> Hashes:
    """[words - 1] a key of each word and the next one."""
    return (hashes[:-1] * _FACTOR) ^ hashes[1:]
