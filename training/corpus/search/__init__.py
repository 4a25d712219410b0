"""Search for a phrase in all texts: exact, any language, across line breaks, with an index."""

from __future__ import annotations
