"""How long something has looked the same, in this process and by a clock that never jumps."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable


class Patience:
    """Remembers since when each subject has shown the same sight."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: subject -> (sight, since, last look)
        self._seen: dict[Hashable, tuple[Hashable, float, float]] = {}

    def seconds(self, subject: Hashable, sight: Hashable) -> float:
        """How long ``subject`` has shown ``sight``; 0 at the first look."""
        now = self._clock()
        before = self._seen.get(subject)
        since = before[1] if before is not None and before[0] == sight else now
        self._seen[subject] = (sight, since, now)
        return now - since

    def start_again(self, subject: Hashable) -> None:
        """The next look is the first one."""
        self._seen.pop(subject, None)

    def forget_older(self, seconds: float) -> None:
        """Drop what has not been looked at for so long."""
        oldest = self._clock() - seconds
        self._seen = {key: seen for key, seen in self._seen.items() if seen[2] >= oldest}
