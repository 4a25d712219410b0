"""A foreign folder is taken over: the same logits, our own layout, nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.training.importing.bases import BASES, TOKENS, build, imported, logits_of, write_base
from training.export.load import load_exported
from training.folder.artifact import load_manifest
from training.folder.atomic import write_json
from training.loop.base import load_base


@pytest.mark.parametrize("name", BASES)
def test_logits_are_those_of_the_class_in_transformers(name: str, tmp_path: Path) -> None:
    folder = imported(write_base(tmp_path / "theirs", name), tmp_path / "job")
    base = load_base(folder)
    with torch.no_grad():
        theirs = logits_of(build(name)(TOKENS))
        ours = base.model()(TOKENS).logits
        again = logits_of(load_exported(folder)(TOKENS))
    assert (ours - theirs).abs().max() <= 1e-4
    assert (again - theirs).abs().max() <= 1e-4
    assert theirs.std() > 0.2, "a model that says nothing would prove nothing"


def test_plain_transformers_reads_the_artifact_with_its_tokenizer(tmp_path: Path) -> None:
    folder = imported(write_base(tmp_path / "theirs", "qwen2"), tmp_path / "job")
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert type(model).__name__ == "Qwen2ForCausalLM"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.decode(tokenizer("naïve <b>")["input_ids"]) == "naïve <b>"
    assert tokenizer.eos_token == "<|endoftext|>"
    manifest = load_manifest(folder)
    assert manifest.kind == "model"
    assert manifest.counts["architecture"] == "Qwen2ForCausalLM"


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_shards_in_half_precision_are_put_together(dtype: torch.dtype, tmp_path: Path) -> None:
    model = build("llama").to(dtype)
    model.save_pretrained(tmp_path / "theirs", max_shard_size="20KB")
    write_base(tmp_path / "whole", "llama")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "whole" / name).rename(tmp_path / "theirs" / name)
    assert len(list((tmp_path / "theirs").glob("*.safetensors"))) > 2
    base = load_base(imported(tmp_path / "theirs", tmp_path / "job"))
    for name, tensor in base.tensors.items():
        assert torch.equal(tensor, model.state_dict()[name].float()), name


def test_the_first_bert_has_names_of_its_own(tmp_path: Path) -> None:
    """Its norms are called gamma and beta, and its file holds heads that the class has not."""
    folder = write_base(tmp_path / "theirs", "bert with both heads")
    config = json.loads((folder / "config.json").read_text())
    write_json(folder / "config.json", {**config, "architectures": ["BertForMaskedLM"]})
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    stored = load_file(folder / "model.safetensors")
    for new, name in old.items():
        stored = {key.replace(new, name): tensor for key, tensor in stored.items()}
    stored["bert.embeddings.position_ids"] = torch.arange(64)[None]
    save_file(stored, folder / "model.safetensors")
    base = load_base(imported(folder, tmp_path / "job"))
    with torch.no_grad():
        theirs = build("bert with both heads")(TOKENS).prediction_logits
        assert (base.model()(TOKENS).logits - theirs).abs().max() <= 1e-4
    assert not base.spec.has_sentence_head


def test_unknown_keys_of_a_config_are_dropped_and_told(tmp_path: Path) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "secret_sauce": "x", "n": 1}))
    output = imported(folder, tmp_path / "job")
    assert "secret_sauce" not in (output / "config.json").read_text()
    assert "secret_sauce" in (tmp_path / "job" / "events.jsonl").read_text()
