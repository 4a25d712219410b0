"""Fields that several verbs have, each defined once; what differs stands in the spec itself."""

from __future__ import annotations

from typing import Any

from training.specs.base import option
from training.specs.extract_formats import UnpackingLimits


def workers_option() -> Any:
    """Of verbs that work shard by shard; 0 stands for the cores until ``resolve``."""
    return option(
        0,
        title="Workers",
        help="Shards read at the same time; 0 takes the cores.",
        ge=0,
        le=256,
        group="advanced",
    )


def archives_option() -> Any:
    """Of verbs that read files of rows, which may be packed."""
    return option(factory=UnpackingLimits, title="Archives", help="Limits against zip bombs.")


def memory_limit_option() -> Any:
    """Of verbs that parse untrusted files in watched children."""
    return option(
        1 << 30,
        title="Memory per file",
        help="A parser that needs more is ended and its file refused.",
        unit="bytes",
        ge=1 << 27,
        group="advanced",
    )


def cpu_limit_option() -> Any:
    """As ``memory_limit_option``."""
    return option(
        0,
        title="Processor time per file",
        help="0 allows 60 s and 2 s more per megabyte; wall time may be four times that.",
        unit="s",
        ge=0,
        group="advanced",
    )
