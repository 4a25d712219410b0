"""Tokenizers held against each other on one text."""

from __future__ import annotations
