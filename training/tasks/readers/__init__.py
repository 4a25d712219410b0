"""One module per file format of rows; they run in a watched child."""

from __future__ import annotations
