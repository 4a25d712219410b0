"""Writes what KenLM says of lines under ARPA files that the tests make, and what lmplz estimates.

Run with kenlm==0.3.0 installed (it needs a C++ compiler) beside the requirements:
    LMPLZ=PROGRAM python -m tests.training.corpus.ngram_lm.kenlm_answers
Without LMPLZ (built from KenLM's sources, which needs Boost) lmplz.arpa stays as it is.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import kenlm

from tests.training.corpus.ngram_lm.models import chatter, fitted
from tests.training.corpus.ngram_lm.test_fitting import ESTIMATED, ESTIMATED_ORDER
from tests.training.corpus.ngram_lm.test_foreign import FOREIGN, LINES
from training.corpus.places import lines_of_words

_MOST_LINES = 120


def main() -> None:
    """Fit, ask, write."""
    texts = chatter(200)
    heard = [
        " ".join(line) for text in texts + chatter(40, seed=9) for line in lines_of_words(text)
    ]
    heard = [*heard[:60], *heard[-60:]][:_MOST_LINES]
    with tempfile.TemporaryDirectory() as folder:
        fitted(Path(folder), texts, vocab_size=40)
        (Path(folder) / "foreign.arpa").write_text(FOREIGN)
        told = {
            "fitted": answers(Path(folder) / "model.arpa", heard),
            "foreign": answers(Path(folder) / "foreign.arpa", LINES),
        }
    target = Path(__file__).parent / "kenlm_answers.json"
    target.write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n")
    if program := os.environ.get("LMPLZ"):
        (Path(__file__).parent / "lmplz.arpa").write_bytes(estimates(program))


def estimates(program: str) -> bytes:
    """The ARPA file that lmplz makes of the texts of `test_fitting`."""
    lines = [" ".join(line) for text in ESTIMATED for line in lines_of_words(text)]
    command = [program, "-o", str(ESTIMATED_ORDER), "-S", "50M", "--discount_fallback"]
    text = "".join(f"{line}\n" for line in lines).encode()
    return subprocess.run(command, input=text, capture_output=True, check=True).stdout


def answers(arpa: Path, lines: list[str]) -> list[tuple[str, list[float]]]:
    """The log10 probability of every word and of the line end."""
    model = kenlm.Model(str(arpa))
    return [(line, [round(value, 6) for value, _, _ in model.full_scores(line)]) for line in lines]


if __name__ == "__main__":
    main()
