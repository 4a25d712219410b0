"""``python -m training.wrapper JOBDIR [--attempt N]``: run what JOBDIR/spec.json says.

Exits 0 also when there was nothing to do because this attempt runs or ran already: being asked
twice is normal, running twice is not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.errors import TrainyardError
from training.wrapper.attempt import run_attempt


def main() -> int:
    """Parse and run; the exit code says only whether the wrapper itself could do its work."""
    parser = argparse.ArgumentParser(prog="python -m training.wrapper", description=__doc__)
    parser.add_argument("folder", type=Path, help="job folder that holds spec.json")
    parser.add_argument("--attempt", type=int, help="number of this attempt; default: the next")
    options = parser.parse_args()
    try:
        sys.stderr.write(run_attempt(options.folder.absolute(), options.attempt) + "\n")
    except TrainyardError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
