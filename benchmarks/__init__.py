"""Measurements: every figure beside a named peer or limit of the same run, as a ratio."""

from __future__ import annotations
