"""Pydantic models, one file per verb: the source of forms, API schema, docs and validation."""

from __future__ import annotations
