"""Corpus engine: documents, signals, rules, funnel. No torch."""

from __future__ import annotations
