"""Reports of runs: every number read from folders, none typed in. No torch."""

from __future__ import annotations
