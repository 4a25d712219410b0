"""Taking a model home: Hugging Face folders, native wherever the options match a known class."""

from __future__ import annotations
