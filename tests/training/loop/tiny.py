"""A token store and a run small enough to be killed many times, real in every other way."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from tests.training.processes import run_verb
from training.folder.artifact import write_artifact
from training.folder.job import Job
from training.folder.layout import JobFolder
from training.folder.records import map_records
from training.folder.series import read_index, series_path
from training.loop.run import Run
from training.loop.setup import prepare_run
from training.parallel.world import World
from training.specs.train import TrainSpec
from training.tokens.writer import StoreWriter

VOCAB_SIZE = 64


def make_store(
    folder: Path,
    *,
    num_documents: int = 200,
    seed: int = 0,
    num_noisy: int = 0,
    special: tuple[str, ...] = (),
) -> Path:
    """A tokens artifact of short documents with a pattern that can be learnt, and some without.

    ``special`` tokens get the ids from VOCAB_SIZE on, and stand in no document.
    """
    size = VOCAB_SIZE + len(special)
    random = np.random.default_rng(seed)
    with write_artifact(folder, "tokens") as artifact:
        with StoreWriter(artifact.path, vocab_size=size, eos_id=0) as writer:
            for split, count in (("train", num_documents), ("validation", num_documents // 10)):
                writer.start(split)
                for number in range(count):
                    length = int(random.integers(5, 40))
                    ids = (np.arange(length) * 3 + random.integers(1, 8)) % (VOCAB_SIZE - 1) + 1
                    writer.add(hashlib.md5(f"{split}{number}".encode()).digest(), "test", ids)
                for number in range(num_noisy if split == "train" else 0):
                    ids = random.integers(1, VOCAB_SIZE, VOCAB_SIZE)
                    writer.add(hashlib.md5(f"noise{number}".encode()).digest(), "noise", ids)
        write_byte_tokenizer(artifact.path / "tokenizer", special)
    return folder


def write_byte_tokenizer(folder: Path, special: tuple[str, ...] = ()) -> None:
    """A tokenizer of single characters, as ``tokenize`` leaves one in its store."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    folder.mkdir()
    vocab = {"<|endoftext|>": 0, **{chr(48 + i): i + 1 for i in range(VOCAB_SIZE - 1)}}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<|endoftext|>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.add_special_tokens(["<|endoftext|>", *special])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>"}'
    )


def write_spec(path: Path, store: Path, **changes: Any) -> Path:
    """``spec_data`` as a YAML file."""
    path.write_text(yaml.safe_dump(spec_data(store, **changes)))
    return path


def spec_data(store: Path, **changes: Any) -> dict[str, Any]:
    """A train spec with dropout and accumulation, so that resume has something to get wrong."""
    spec: dict[str, Any] = {
        "tokens": str(store),
        "model": {
            "num_layers": 2,
            "width": 32,
            "num_heads": 2,
            "context_length": 32,
            "dropout": 0.1,
        },
        "num_steps": 24,
        "batch_size": 8,
        "micro_batch_size": 2,
        "schedule": {"warmup_steps": 4},
        "validation": {"every_steps": 8, "max_rows": 8},
        "checkpoints": {"every_steps": 3},
        "device": "cpu",
        "num_threads": 1,
    }
    return {**spec, **changes}


def prepared(out: Path, store: Path, **changes: Any) -> Run:
    """``prepare`` a run of ``spec_data``."""
    return prepare(out, TrainSpec.parse(spec_data(store, **changes)).resolve())


def prepare(out: Path, spec: TrainSpec) -> Run:
    """A run in this process that can step: its only rank, as the verb prepares it."""
    out.mkdir(exist_ok=True)
    job = Job(JobFolder(out), verb="train", spec=spec.to_dict())
    return prepare_run(spec, job, World(0, 1, torch.device("cpu")))


def train(tmp_path: Path, name: str, store: Path, **changes: Any) -> Path:
    """Run a tiny training to its end; returns its job folder."""
    spec = write_spec(tmp_path / f"{name}.yaml", store, **changes)
    out = tmp_path / name
    run_verb("train", spec, out, num_processes=int(changes.get("num_processes", 1)))
    return out


def series(out: Path, name: str) -> list[tuple[int, str]]:
    """(step, value as hex text) of a metric series: compares bits, not roundings."""
    metrics = out / "metrics"
    records = map_records(series_path(metrics, read_index(metrics)[name]))
    return [(int(row["step"]), float(row["value"]).hex()) for row in records]


def final_weights(out: Path) -> str:
    """SHA-256 of the exported weights."""
    data = (out / "output" / "model.safetensors").read_bytes()
    return hashlib.sha256(data).hexdigest()
