"""One module per file format, and the watched child they run in."""

from __future__ import annotations
