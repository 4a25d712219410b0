"""Attention back ends: one file each; ``training.registry.ATTENTIONS`` is the table."""

from __future__ import annotations
