"""What a vocabulary is worth for a text, and vocabularies made larger. No torch."""

from __future__ import annotations
