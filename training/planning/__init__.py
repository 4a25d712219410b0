"""Arithmetic on specs: parameters, FLOPs, memory, time. No torch."""

from __future__ import annotations
