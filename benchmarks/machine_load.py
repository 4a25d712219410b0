"""What watching the machine costs: CPU time of one sample against the time between two.

python -m benchmarks.machine_load
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psutil

from training.loop.callbacks.machine import SAMPLE_SECONDS
from training.planning.load import Load

NUM_SAMPLES = 120


def main() -> None:
    """Print the share of one core."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(40):
            (Path(folder) / f"file-{number}").write_bytes(b"x")
        load = Load(psutil.Process(), Path(folder))
        load.sample()
        before = time.process_time()
        for _ in range(NUM_SAMPLES):
            load.sample()
        seconds = (time.process_time() - before) / NUM_SAMPLES
    share = seconds / SAMPLE_SECONDS
    print(f"one sample: {1e3 * seconds:.2f} ms of CPU time")
    print(f"every {SAMPLE_SECONDS:g} s: {share:.4%} of a core (limit 0.5 %)")


if __name__ == "__main__":
    main()
