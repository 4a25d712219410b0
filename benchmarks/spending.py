"""Runs a verb as the command line does and writes down what it took.

Run: python -m benchmarks.spending SPENT.json VERB SPEC.yaml --out FOLDER
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from training.cli import main


def spend(file: Path, arguments: list[str]) -> int:
    """The verb's exit code; ``file`` gets seconds of processor and clock, and MB of memory."""
    began = time.perf_counter()
    code = main(arguments)
    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = own.ru_utime + own.ru_stime
    spent = {
        "own": seconds,
        "cpu": seconds + workers.ru_utime + workers.ru_stime,
        "wall": time.perf_counter() - began,
        "memory": max(own.ru_maxrss, workers.ru_maxrss) / 1e3,
    }
    file.write_text(json.dumps(spent))
    return code


if __name__ == "__main__":
    raise SystemExit(spend(Path(sys.argv[1]), sys.argv[2:]))
