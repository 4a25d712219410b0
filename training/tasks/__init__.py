"""Task sets: rows of examples, their shapes, splits and templates. No torch."""

from __future__ import annotations
