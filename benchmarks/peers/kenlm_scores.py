"""KenLM's share of ``benchmarks.ngram``: CPU seconds to score lines of words; kenlm==0.3.0."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import kenlm


def main() -> None:
    """``ARPA LINES ROUNDS``: prints seconds of each round and the sum of log10 probabilities."""
    model = kenlm.Model(sys.argv[1])
    lines = Path(sys.argv[2]).read_text(encoding="utf-8").split("\n")
    seconds = []
    for _ in range(int(sys.argv[3])):
        began = time.process_time()
        total = sum(map(model.score, lines))
        seconds.append(time.process_time() - began)
    print(json.dumps({"seconds": seconds, "log10": total}))


if __name__ == "__main__":
    main()
