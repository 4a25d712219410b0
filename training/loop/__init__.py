"""The one training loop, its optimizer, schedule, state and checkpoints. Needs torch."""

from __future__ import annotations
