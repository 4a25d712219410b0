"""Tests of search in texts."""

from __future__ import annotations
