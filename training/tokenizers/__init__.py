"""Tokenizers: training them, loading them, encoding with them. No torch."""

from __future__ import annotations
