"""Pages of docs/ that are generated: written, or with ``--check`` compared."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write_or_check(target: Path, text: str, about: str | None) -> int:
    """The command line of a script that makes ``target``; 1 when --check finds another text."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args().check:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return 0
    is_current = target.is_file() and target.read_text(encoding="utf-8") == text
    if not is_current:
        print(f"{target.relative_to(ROOT)} is out of date: run python {sys.argv[0]}")
    return 0 if is_current else 1
