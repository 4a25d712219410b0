"""MinHash signatures by DataTrove (``datatrove[processing]==0.10.1``, spacy): 14 x 8, 5-grams.

Run: PYTHON datatrove_minhash.py FILE.jsonl MOST_BYTES prints {"seconds", "bytes"}: CPU seconds
for the first texts up to so many bytes (it is slow), tokenizer and simplification included.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.dedup import MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig


def main(path: str, most_bytes: int) -> None:
    """Sign as many texts as fit, after one that loads the tokenizer."""
    documents, size = [], 0
    with Path(path).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            text = json.loads(line)["text"]
            size += len(text.encode())
            documents.append(Document(text=text, id=str(number)))
            if size >= most_bytes:
                break
    config = MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8)
    with tempfile.TemporaryDirectory() as folder:
        MinhashDedupSignature(output_folder=folder, config=config).run(documents[:1], 0, 1)
        began = time.process_time()
        MinhashDedupSignature(output_folder=folder, config=config).run(documents, 0, 1)
        seconds = time.process_time() - began
    print(json.dumps({"seconds": [seconds], "bytes": size}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
