"""``python -m training.helper SOCKET``: answer on that Unix socket until SIGTERM."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from training.helper.watched import WatchedWorker
from training.linesocket import LineServer

_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def main() -> int:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(prog="python -m training.helper", description=__doc__)
    parser.add_argument("socket", type=Path)
    options = parser.parse_args()
    worker = WatchedWorker()
    worker.warm_up()
    # Threads inherit the mask, so that the signal waits for this thread alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    server = LineServer(options.socket, worker.answer)
    signal.sigwait(_SIGNALS)
    server.close()
    worker.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
