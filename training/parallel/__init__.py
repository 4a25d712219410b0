"""Many processes: launch, world, gradient reduction. The model code knows nothing of it."""

from __future__ import annotations
