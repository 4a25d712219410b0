"""DataTrove's rules as FineWeb runs them (``datatrove[processing]==0.10.1``, spacy): CPU seconds.

Run: PYTHON datatrove_chain.py FILE.jsonl MOST_BYTES prints {"seconds", "bytes", "kept"}. Each text
goes through repetition, quality, C4 and FineWeb until one of them drops it: less work than to
compute everything, as we do.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from datatrove.data import Document
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)


def main(path: str, most_bytes: int) -> None:
    """Filter as many texts as fit, after one that loads the tokenizer."""
    texts, size = [], 0
    with Path(path).open(encoding="utf-8") as lines:
        for line in lines:
            texts.append(json.loads(line)["text"])
            size += len(texts[-1].encode())
            if size >= most_bytes:
                break
    chain = [
        GopherRepetitionFilter(),
        GopherQualityFilter(),
        C4QualityFilter(filter_no_terminal_punct=False),
        FineWebQualityFilter(),
    ]
    _passes(chain, texts[0])
    for one in chain:
        one.filter(Document(text=texts[0], id="warm"))
    began = time.process_time()
    kept = sum(_passes(chain, text) for text in texts)
    seconds = time.process_time() - began
    print(json.dumps({"seconds": [seconds], "bytes": size, "kept": kept}))


def _passes(chain: list, text: str) -> bool:
    document = Document(text=text, id="0")
    return all(one.filter(document) is True for one in chain)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
