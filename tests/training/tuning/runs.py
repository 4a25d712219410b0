"""A tiny base, imported as a user would, tokens made with its tokenizer, and runs on both."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from tests.training.importing.bases import VOCAB_SIZE, imported, write_base, write_tokenizer
from tests.training.loop.tiny import spec_data
from tests.training.processes import run_verb
from tests.training.refusals import write_yaml
from training.folder.artifact import write_artifact
from training.tokens.writer import StoreWriter


def make_base(place: Path, name: str = "llama") -> Path:
    """A model artifact of a random base."""
    return imported(write_base(place / "theirs", name), place / "import")


def make_tokens(folder: Path, *, num_documents: int = 120, vocab_size: int = VOCAB_SIZE) -> Path:
    """A token store made with the base's tokenizer, with a pattern that can be learnt."""
    random = np.random.default_rng(1)
    with write_artifact(folder, "tokens") as artifact:
        eos = 256
        with StoreWriter(artifact.path, vocab_size=vocab_size, eos_id=eos) as writer:
            for split, count in (("train", num_documents), ("validation", num_documents // 10)):
                writer.start(split)
                for number in range(count):
                    length = int(random.integers(8, 40))
                    ids = (np.arange(length) * 3 + random.integers(1, 8)) % 64
                    writer.add(hashlib.md5(f"{split}{number}".encode()).digest(), "test", ids)
        write_tokenizer(artifact.path / "tokenizer")
    return folder


def tuning_data(tokens: Path, base: Path, method: str = "lora", **changes: Any) -> dict[str, Any]:
    """A train spec on a base, with dropout, accumulation and warm-up."""
    lora = {"rank": 4, "alpha": 8, "dropout": 0.1, "targets": ["q_proj", "v_proj", "o_proj"]}
    data = {
        **spec_data(tokens),
        "base": str(base),
        "model": {"dropout": 0.1},
        "schedule": {"warmup_steps": 1},
        "sequence_length": 32,
        "tuning": {"method": method, **({"lora": lora} if method == "lora" else {})},
        "optimizer": {"learning_rate": 1e-2},
        "forgetting": {"max_tokens": 330},
    }
    return {**data, **changes}


def tune(out: Path, data: dict[str, Any]) -> Path:
    """Run it to its end; returns the job folder."""
    spec = write_yaml(out.with_suffix(".yaml"), data)
    run_verb("train", spec, out, num_processes=int(data.get("num_processes", 1)))
    return out
