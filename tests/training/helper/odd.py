"""Functions that a helper must survive; they import nothing, so that loading them is quick."""

from __future__ import annotations

import sys
import time


def hang() -> None:
    """Sleeps for ever."""
    time.sleep(3600)


def spin() -> None:
    """Computes for ever."""
    while True:
        pass


def swell() -> None:
    """Takes 400 MB and stays."""
    block = b"x" * 400_000_000
    time.sleep(3600)
    del block


def chat() -> str:
    """Prints, as libraries do."""
    sys.stdout.write("not an answer\n")
    sys.stdout.flush()
    return "answer"
