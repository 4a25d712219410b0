"""Which language and which scripts a text is in."""

from __future__ import annotations
