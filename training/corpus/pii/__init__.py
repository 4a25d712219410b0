"""Personal data and secrets in texts: found, counted, masked, redacted."""

from __future__ import annotations
