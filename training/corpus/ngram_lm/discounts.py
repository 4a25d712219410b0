"""The discounts of modified Kneser-Ney from counts of counts (Chen and Goodman 1998, section 4.1).

With n1 to n4 n-grams of adjusted count 1 to 4, Y = n1 / (n1 + 2 n2), D1 = 1 - 2 Y n2 / n1,
D2 = 2 - 3 Y n3 / n2, D3+ = 3 - 4 Y n4 / n3. A small text can lack one of n1 to n3, or give a
discount outside [0, count]; the whole order then takes `FALLBACK`. All this is as in lmplz.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from training.corpus.ngram_lm.counting import Counts

#: What lmplz takes with --discount_fallback.
FALLBACK = (0.5, 1.0, 1.5)
_COUNTED = 4


@dataclass(frozen=True)
class Discounts:
    """What is taken off counts of 1, of 2, and of 3 or more."""

    values: tuple[float, float, float]
    is_fallback: bool

    @classmethod
    def of(cls, counts: Counts) -> Discounts:
        """From the adjusted counts of all n-grams of one order."""
        number = [int((counts == seen).sum()) for seen in range(1, _COUNTED + 1)]
        if not all(number[:-1]):
            return cls(FALLBACK, is_fallback=True)
        # Exactly: a discount of 0 must not become a little less.
        share = Fraction(number[0], number[0] + 2 * number[1])
        one, two, three = (
            float(seen - (seen + 1) * share * Fraction(number[seen], number[seen - 1]))
            for seen in (1, 2, 3)
        )
        is_sound = 0 <= one <= 1 and 0 <= two <= 2 and 0 <= three <= 3
        return cls((one, two, three), False) if is_sound else cls(FALLBACK, is_fallback=True)

    def as_array(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Indexed by min(count, 3)."""
        return np.array([0.0, *self.values])
