"""Training and encoding of tokenizers in CPU time; Chinese by two tokenizers.

``python -m benchmarks.tokenizers [TEXTS.jsonl ...]``: each line of a file has a "text". Without a
file the sentences alone are counted. Behind each rate stands its ratio to tokenizers: of the same
process, thread and texts, and the same ids, or the command ends.
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

import numpy as np
import tiktoken
from tokenizers import Tokenizer

from training.importing.sentencepiece import read_sentencepiece
from training.importing.sentencepiece_tokenizer import build_sentencepiece
from training.specs.tokenizer import TokenizerSpec
from training.tokenizers.bpe.structure import structure_of
from training.tokenizers.build import build_tokenizer
from training.tokenizers.encoders import Library, LibraryEncoder, choose_encoder, open_encoder
from training.tokenizers.patterns import word_pattern

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
#: GPT-2's pattern where each digit was taken out before.
_AFTER_DIGITS = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?![^\s\p{N}])|\s+"


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
        best = _race(spec, tokenizer, texts)
        plain = best["tokenizers"]
        told = "  ".join(
            f"{name} {size / took:5.2f} MB/s ({plain / took:.2f})" for name, took in best.items()
        )
        print(f"{'-'.join(fields.values()):22} train {size / seconds:5.2f} MB/s  {told}")


def _race(spec: TokenizerSpec, tokenizer: Tokenizer, texts: list[str]) -> dict[str, float]:
    """CPU seconds of each way of encoding, the best of some rounds in turns; the ids are equal."""
    plain = LibraryEncoder(tokenizer)
    ways: dict[str, Callable[[], Callable[[], list[Any]]]] = {
        "tokenizers": lambda: lambda: list(plain.encode(texts))
    }
    if choose_encoder(tokenizer).library == Library.TRAINYARD:
        ways["Trainyard"] = lambda: _anew(tokenizer, texts)
        peer = _tiktoken(spec, tokenizer)
        ways["tiktoken"] = lambda: lambda: [np.array(peer.encode_ordinary(text)) for text in texts]
    best = dict.fromkeys(ways, float("inf"))
    wanted = [ids.tolist() for ids in plain.encode(texts)]
    for number in range(_ROUNDS):
        for name, way in ways.items():
            took, found = _timed(way())
            best[name] = min(best[name], took)
            if number == 0 and [ids.tolist() for ids in found] != wanted:
                raise SystemExit(f"{name} gives other ids.")
    return best


def _anew(tokenizer: Tokenizer, texts: list[str]) -> Callable[[], list[Any]]:
    """Our own way, to which no word is known from a round before."""
    encoder = open_encoder(tokenizer, Library.TRAINYARD)
    return lambda: list(encoder.encode(texts))


def _tiktoken(spec: TokenizerSpec, tokenizer: Tokenizer) -> Any:
    """The same tokenizer as tiktoken has it: ranks are the ids, which training gave in order."""
    found = structure_of(tokenizer)
    pattern = word_pattern(found.cut.kind, found.cut.digits, is_han_apart=found.cut.is_han_apart)
    specials = {token.encode() for token in spec.special_tokens}
    ranks = {token: index for token, index in found.vocab.items() if token not in specials}
    return tiktoken.Encoding(
        "x",
        pat_str=_AFTER_DIGITS if found.cut.is_after_digits else pattern,
        mergeable_ranks=ranks,
        special_tokens={},
    )


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


if __name__ == "__main__":
    main()
