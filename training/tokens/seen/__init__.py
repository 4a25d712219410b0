"""Where did the model see this? Phrase, documents, tokens, rows, steps; through all bases."""

from __future__ import annotations
