"""Token stores, rows, order and batches."""

from __future__ import annotations
