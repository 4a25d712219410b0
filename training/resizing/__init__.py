"""Models with rows for more pieces: the mean of the old pieces that a new one is made of."""

from __future__ import annotations
