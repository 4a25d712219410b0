"""Small tokenizers trained on a few lines, without a job around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tokenizers

from training.specs.tokenizer import TokenizerSpec
from training.tokenizers.build import build_tokenizer, save_tokenizer
from training.tokenizers.load import load_tokenizer

LINES = [
    "The cat's hat is on the mat, and the dog has 12 bones in 2024.",
    "It's the same cat that sat there: she'll eat, they've said.",
    "猫坐在垫子上，狗有十二根骨头。猫坐在垫子上。",
    "Ärger über naïve cafés — 3½ hours…   three   spaces\n\n\tand tabs",
] * 4


def trained(folder: Path, texts: list[str] = LINES, **fields: Any) -> tokenizers.Tokenizer:
    """Train, save in ``folder``, load again."""
    spec = TokenizerSpec.parse({"corpus": "x", "vocab_size": 320, **fields})
    folder.mkdir(parents=True, exist_ok=True)
    save_tokenizer(build_tokenizer(spec, lambda: texts), spec, folder)
    return load_tokenizer(folder)
