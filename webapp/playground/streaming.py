"""Lines of a serving job as they come, without a thread: the web passes them on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.linesocket import MAX_LINE_BYTES, as_line, short_name


async def streamed(folder: JobFolder, request: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    """Ask the job in ``folder`` and yield its lines; ending the iterator hangs up.

    Raises ConnectionError when the job does not serve, or ends in the middle of an answer.
    """
    endpoint = read_json(folder.endpoint)
    if not isinstance(endpoint, dict):
        raise ConnectionError("the job does not serve")
    with short_name(folder.root / str(endpoint["socket"])) as name:
        reader, writer = await asyncio.open_unix_connection(name, limit=MAX_LINE_BYTES)
    try:
        writer.write(as_line({**request, "token": endpoint["token"], "call": "stream"}))
        await writer.drain()
        while line := await reader.readline():
            answer = json.loads(line)
            yield answer
            if "text" not in answer:
                return
        raise ConnectionError("the answer broke off")
    finally:
        writer.close()
