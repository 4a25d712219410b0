"""What happens around the steps of a run; the loop itself stays a short list of steps."""

from __future__ import annotations
