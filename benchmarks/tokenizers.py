"""Training and encoding of tokenizers in CPU time; Chinese by two tokenizers.

``python -m benchmarks.tokenizers [TEXTS.jsonl ...]``: each line of a file has a "text". Without a
file the sentences alone are counted. Ratios are of the same process, thread and texts.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

from training.importing.sentencepiece import read_sentencepiece
from training.importing.sentencepiece_tokenizer import build_sentencepiece
from training.specs.tokenizer import TokenizerSpec
from training.tokenizers.build import build_tokenizer
from training.tokenizers.encoders import Library, LibraryEncoder, choose_encoder

REPOSITORY = Path(__file__).parents[1]
SHARED = REPOSITORY.parent / "shared" / "data" / "tokenizers"
DOCS = REPOSITORY / "docs" / "tokenizers.md"
_SENTENCE = re.compile(r"^\d+\. (\w+): (.+)$", re.MULTILINE)
_KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "bpe", "pre_tokenizer": "gpt2"},
    {"kind": "bpe", "pre_tokenizer": "cl100k"},
    {"kind": "bpe", "pre_tokenizer": "o200k"},
    {"kind": "bpe", "pre_tokenizer": "gpt2", "han": "characters"},
    {"kind": "wordpiece"},
    {"kind": "unigram"},
)
_ROUNDS = 3


def sentences() -> list[tuple[str, str]]:
    """(name, sentence) of the twelve in the documentation."""
    return _SENTENCE.findall(DOCS.read_text(encoding="utf-8"))


def chinese_ratios() -> list[tuple[str, int, int]]:
    """(name, tokens by LLaMA's 32,000 pieces, tokens by the Chinese 20,000)."""
    llama, chinese = (
        build_sentencepiece(read_sentencepiece((SHARED / name).read_bytes()), name)
        for name in ("llama-32k.model", "chinese-sp-20k.model")
    )
    return [
        (
            name,
            len(llama.encode(text, add_special_tokens=False).ids),
            len(chinese.encode(text, add_special_tokens=False).ids),
        )
        for name, text in sentences()
    ]


def main() -> None:
    """Print both tables."""
    if SHARED.exists():
        for name, llama, chinese in chinese_ratios():
            print(f"{name:14} LLaMA {llama:3}  Chinese {chinese:3}  ratio {llama / chinese:.2f}")
    for path in sys.argv[1:]:
        _measure(Path(path))


def _measure(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines if line.strip()]
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(f"\n{path.name}: {len(texts):,} texts, {size:.1f} MB; one thread, CPU time")
    for fields in _KINDS:
        spec = TokenizerSpec.parse(
            {"corpus": "x", "vocab_size": 16_384, "allow_smaller": True, **fields}
        )
        seconds, tokenizer = _timed(lambda spec=spec: build_tokenizer(spec, lambda: texts))
        choice = choose_encoder(tokenizer)
        ways = [LibraryEncoder(tokenizer), choice.encoder]
        best = [float("inf")] * len(ways)
        for _ in range(_ROUNDS):
            for place, way in enumerate(ways):
                took, _ids = _timed(lambda way=way: list(way.encode(texts)))
                best[place] = min(best[place], took)
        name = "-".join(fields.values())
        told = f"train {size / seconds:5.2f} MB/s  tokenizers {size / best[0]:5.2f} MB/s"
        if choice.encoder.library == Library.TIKTOKEN:
            told += f"  tiktoken {size / best[1]:5.2f} MB/s  ratio {best[0] / best[1]:.2f}"
        print(f"{name:22} {told}")


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


if __name__ == "__main__":
    main()
