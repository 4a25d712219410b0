"""Modified Kneser-Ney by plain Python, straight from the definition (Chen and Goodman 1998).

Dictionaries of tuples of words; an unknown word is None, which no n-gram may hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction

from training.corpus.places import lines_of_words

Gram = tuple[str, ...]
FALLBACK = (0.5, 1.0, 1.5)


class Oracle:
    """``p(word, history)`` of a model of the given order over these texts."""

    def __init__(self, texts: Sequence[str], order: int, known: set[str] | None = None) -> None:
        self.order = order
        lines = [line for text in texts for line in lines_of_words(text)]
        self.words = {w for line in lines for w in line if known is None or w in known}
        self.vocabulary = [*sorted(self.words), "</s>", "<unk>"]
        seen: list[Counter[Gram]] = [Counter() for _ in range(order + 1)]
        before: dict[Gram, set[str | None]] = defaultdict(set)
        for line in lines:
            row = ["<s>", *(w if w in self.words else None for w in line), "</s>"]
            for end in range(2, len(row) + 1):
                for size in range(1, min(order, end) + 1):
                    gram = tuple(row[end - size : end])
                    if None in gram:
                        continue
                    seen[size][gram] += 1
                    if gram[0] != "<s>":
                        before[gram].add(row[end - size - 1])
        self.counts = [
            {
                gram: count if size == order or gram[0] == "<s>" else len(before[gram])
                for gram, count in of_size.items()
            }
            for size, of_size in enumerate(seen)
        ]
        self.discounts = [(), *(discounts(counts.values()) for counts in self.counts[1:])]
        self.totals: dict[Gram, float] = defaultdict(float)
        self.held: dict[Gram, float] = defaultdict(float)
        for size in range(1, order + 1):
            for gram, count in self.counts[size].items():
                self.totals[gram[:-1]] += count
                self.held[gram[:-1]] += self.discounts[size][min(count, 3) - 1]

    def p(self, word: str, history: Gram) -> float:
        """The probability of a word after these (``<s>`` may be the first of them)."""
        history = history[max(0, len(history) - self.order + 1) :]
        lower = self.p(word, history[1:]) if history else 1 / len(self.vocabulary)
        if not self.totals.get(history):
            return lower
        size = len(history) + 1
        count = self.counts[size].get((*history, word), 0)
        taken = self.discounts[size][min(count, 3) - 1] if count else 0.0
        return (count - taken + self.held[history] * lower) / self.totals[history]


def discounts(counts: object) -> tuple[float, ...]:
    """D1, D2, D3+ from counts of counts."""
    number = Counter(counts)  # type: ignore[call-overload]
    one, two, three, four = (number[seen] for seen in (1, 2, 3, 4))
    if not (one and two and three):
        return FALLBACK
    one, two, three, four = map(Fraction, (one, two, three, four))
    share = one / (one + 2 * two)
    found = (1 - 2 * share * two / one, 2 - 3 * share * three / two, 3 - 4 * share * four / three)
    is_sound = all(0 <= value <= limit for limit, value in enumerate(found, start=1))
    return tuple(map(float, found)) if is_sound else FALLBACK
