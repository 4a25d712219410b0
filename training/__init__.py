"""Trainyard's library: text in, trained language model out. Knows nothing of the web."""

from __future__ import annotations

__version__ = "0.1.0"
