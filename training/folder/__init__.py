"""Job folders on disk: layout, locks, artifacts, events, metric series and their readers. No torch.

``read_series`` is looked up when first used: the wrapper imports this package and must stay
light, and the reader needs numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.folder.buckets import read_series

__all__ = ["read_series"]


def __getattr__(name: str) -> Any:
    if name != "read_series":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from training.folder.buckets import read_series

    return read_series
