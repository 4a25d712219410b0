"""What a model knows, measured: benchmarks, passkeys, and where its loss sits."""

from __future__ import annotations
