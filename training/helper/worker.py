"""The helper's child: reads a line from its standard input, calls, writes a line. No sockets.

The parent's limits are the only ones: a call that hangs or swells is ended with the process.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from training.errors import TrainyardError
from training.folder.locks import die_with_parent
from training.helper.table import FUNCTIONS
from training.linesocket import Answer, refusal

_NICENESS = 5


def answer(request: dict[str, Any]) -> Answer:
    """Call the function that the request names."""
    row = FUNCTIONS.get(str(request.get("call")))
    if row is None:
        return refusal(f"The helper has no function {request.get('call')!r}.")
    arguments = request.get("arguments")
    try:
        return {"ok": True, "result": row.load()(**(arguments or {}))}
    except TrainyardError as error:
        return refusal(str(error))
    except Exception as error:  # noqa: BLE001 - the boundary of the helper's socket
        return refusal(f"The helper failed: {type(error).__name__}: {error}.")


def main() -> None:
    """Until the parent closes the pipe."""
    die_with_parent(os.getppid())
    os.nice(_NICENESS)
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # Warm before the first request: what a function needs to import does not count as its time.
    for row in FUNCTIONS.values():
        row.load()
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line)), allow_nan=False, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
