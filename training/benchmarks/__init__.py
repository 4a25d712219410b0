"""Benchmarks: items with answers, read from uploaded rows or generated; prompts; results."""

from __future__ import annotations
