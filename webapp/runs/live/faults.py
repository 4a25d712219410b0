"""What a folder that is damaged, or is being deleted, makes its readers raise: one error."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

#: Of the disk; of bytes that are no JSON or no number; of JSON in which something is missing.
_FAULTS = (OSError, ValueError, LookupError, TypeError)


class FolderFaultError(Exception):
    """The folder of a job cannot be read at the moment; its cause says why."""


async def in_thread(
    read: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """What a reader that blocks finds; FolderFaultError when the folder does not let it."""
    try:
        return await asyncio.to_thread(read, *args, **kwargs)
    except _FAULTS as error:
        raise FolderFaultError(f"{type(error).__name__}: {error}") from error
