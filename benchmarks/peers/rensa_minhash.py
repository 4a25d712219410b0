"""MinHash signatures by rensa (``pip install rensa==0.5.0``): 112 hashes, word 5-grams.

Run: PYTHON rensa_minhash.py FILE.jsonl [ROUNDS] prints {"seconds": [CPU seconds of each round]}.
Words as a user of it would cut them in Python: ``\\w+`` of the lower-cased text.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

from rensa import RMinHash

NUM_HASHES, WINDOW = 112, 5
_WORD = re.compile(r"\w+")


def main(path: str, rounds: int) -> None:
    """Time every round over all texts of the file."""
    with Path(path).open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    seconds = []
    for _ in range(rounds):
        began = time.process_time()
        for text in texts:
            words = _WORD.findall(text.lower())
            number = max(1, len(words) - WINDOW + 1)
            signature = RMinHash(num_perm=NUM_HASHES, seed=1)
            signature.update([" ".join(words[at : at + WINDOW]) for at in range(number)])
            signature.digest()
        seconds.append(time.process_time() - began)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
