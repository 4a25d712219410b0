"""A cleaned corpus of given texts, as the tests of vocabularies have it."""

from __future__ import annotations

from tests.training.vocabulary.conftest import corpus_of

__all__ = ["corpus_of"]
