"""How often something may be done: a sliding window, told in seconds to wait."""

from __future__ import annotations

import math
import time
from collections import deque


class Pace:
    """At most ``most`` times in any ``seconds``, and no two closer than ``least_seconds``.

    Within the window they may come close together: an early one does not make the next wait.
    """

    def __init__(self, most: int, seconds: float, *, least_seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._least_seconds = least_seconds
        self._times: deque[float] = deque(maxlen=most)

    def mark(self) -> None:
        """It was done now."""
        self._times.append(time.monotonic())

    def idle_seconds(self) -> float:
        """Since it was last done."""
        return time.monotonic() - self._times[-1] if self._times else math.inf

    def wait_seconds(self) -> float:
        """Until it may be done again."""
        waits = [self._least_seconds - self.idle_seconds()]
        if len(self._times) == self._times.maxlen:
            waits.append(self._times[0] + self._seconds - time.monotonic())
        return max(0.0, *waits)
