"""Signals: one value per document, computed once."""

from __future__ import annotations
