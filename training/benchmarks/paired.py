"""Two models on the same items: which is better, by how much, and how sure that is.

Both answered every item, so only the items count that one has right and the other wrong
("discordant"); by how much two accuracies differ cannot be judged from their own intervals.

* **Test**: McNemar's (1947) exact one in its mid-p form: of the discordant items one in two goes to
  either model when they are equal, so p is twice the binomial tail, of the number that was seen
  half the probability. Fagerland, Lydersen and Laake 2013: the whole tail is needlessly cautious,
  and mid-p kept its level in all of their 9,595 cases.
* **Interval** of the difference: Newcombe's (1998, method 10), 95 %, from Wilson's intervals of
  both and their correlation.
* **Items needed**: by Connor 1987, that a difference of this size among items of this kind is found
  four times in five at p < 0.05.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from training.benchmarks.results import Z95, wilson

LEVEL = 0.05
#: Quantile of the normal distribution for 80 % power.
_Z80 = 0.8416212335729143
#: Terms below this share of the largest add nothing that is shown.
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True)
class Paired:
    """How many items both, one or none of two models answered rightly."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @classmethod
    def of(cls, first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> Self:
        """Of two [items] arrays in the same order of items; ValueError when the sizes differ."""
        if first.shape != second.shape:
            raise ValueError(f"answers to {first.size} and to {second.size} items are not paired")
        counts = [first & second, first & ~second, ~first & second, ~(first | second)]
        return cls(*(int(np.count_nonzero(one)) for one in counts))

    @property
    def num_items(self) -> int:
        """Answered by both."""
        return self.both + self.num_discordant + self.neither

    @property
    def num_discordant(self) -> int:
        """Answered rightly by one alone."""
        return self.only_first + self.only_second

    @property
    def difference(self) -> float:
        """The accuracy of the first less that of the second; 0 of nothing."""
        return (self.only_first - self.only_second) / max(1, self.num_items)

    @property
    def p_value(self) -> float:
        """Two-sided, mid-p; 1 where equally many items speak for either."""
        fewer = min(self.only_first, self.only_second)
        number = self.num_discordant
        if 2 * fewer == number:
            return 1.0
        seen = _log_half_binomial(fewer, number)
        # Terms below the one that was seen, as shares of it: they fall, since fewer < number / 2.
        below, term = 0.0, 1.0
        for place in range(fewer, 0, -1):
            term *= place / (number - place + 1)
            below += term
            if term < _NEGLIGIBLE:
                break
        return min(1.0, math.exp(seen) * (2 * below + 1))

    @property
    def is_clear(self) -> bool:
        """Whether p is below 0.05 and the interval leaves 0 out: no doubt by either of the two."""
        low, high = self.interval()
        return self.p_value < LEVEL and (low > 0 or high < 0)

    def interval(self) -> tuple[float, float]:
        """Newcombe's 95 % interval of ``difference``; -1 to 1 of nothing."""
        number = self.num_items
        if not number:
            return -1.0, 1.0
        rights = self.both + self.only_first, self.both + self.only_second
        first, second = (right / number for right in rights)
        (low1, high1), (low2, high2) = (wilson(right, number) for right in rights)
        phi, middle = self._correlation(), self.difference
        below = _spread(first - low1, high2 - second, phi)
        above = _spread(high1 - first, second - low2, phi)
        return max(-1.0, middle - below), min(1.0, middle + above)

    @property
    def items_needed(self) -> int | None:
        """For the difference that was seen to be found with 80 % power; None for none at all."""
        gap, apart = abs(self.difference), self.num_discordant / max(1, self.num_items)
        if not gap:
            return None
        # All discordant items on one side have no variance left to subtract from.
        rest = max(0.0, apart - gap * gap)
        return math.ceil(((Z95 * math.sqrt(apart) + _Z80 * math.sqrt(rest)) / gap) ** 2)

    def _correlation(self) -> float:
        """Phi of the fourfold table with Newcombe's correction; 0 where an edge of it is empty."""
        first, second = self.both + self.only_first, self.both + self.only_second
        edges = first * (self.num_items - first) * second * (self.num_items - second)
        if not edges:
            return 0.0
        product = float(self.both * self.neither - self.only_first * self.only_second)
        if product > 0:
            product = max(product - self.num_items / 2, 0.0)
        return product / math.sqrt(edges)


def _spread(first: float, second: float, phi: float) -> float:
    """Half-widths of two intervals as one, under their correlation."""
    return math.sqrt(max(0.0, first * first - 2 * phi * first * second + second * second))


def _log_half_binomial(successes: int, number: int) -> float:
    """Of the probability of exactly so many successes of even chance."""
    ways = math.lgamma(number + 1) - math.lgamma(successes + 1)
    return ways - math.lgamma(number - successes + 1) - number * math.log(2)
