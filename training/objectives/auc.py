"""Area under the ROC curve from counts that batches and processes can add up.

The chance that a positive scores higher than a negative, a tie counting half (Hanley & McNeil
1982): by the ranks of all scores, exact for scores in half precision, of which there are 65,536.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
#: One for each number that half precision has.
NUM_BINS = 1 << 16
_SIGN = 1 << 15
_LARGEST = float(np.finfo(np.float16).max)


def count_scores(scores: npt.NDArray[np.float32], is_positive: npt.NDArray[np.bool_]) -> Floats:
    """How many negatives and positives have each score, [2 * NUM_BINS], bins in ascending order."""
    halves = np.clip(scores, -_LARGEST, _LARGEST).astype(np.float16)
    bits = (halves + np.float16(0)).view(np.uint16).astype(np.int64)
    # The bits of positive floats ascend with the number, those of negative ones descend.
    order = np.where(bits & _SIGN, 2 * _SIGN - 1 - bits, bits + _SIGN)
    counted = np.bincount(order + NUM_BINS * is_positive, minlength=2 * NUM_BINS)
    return counted.astype(np.float64)


def auc(counts: Floats) -> float:
    """From ``count_scores``; 0.5 where there are no positives or no negatives."""
    negatives, positives = counts[:NUM_BINS], counts[NUM_BINS:]
    pairs = float(negatives.sum() * positives.sum())
    if not pairs:
        return 0.5
    below = np.cumsum(negatives) - negatives
    return float((positives * (below + negatives / 2)).sum() / pairs)
