"""Tests of where a model saw a phrase."""

from __future__ import annotations
