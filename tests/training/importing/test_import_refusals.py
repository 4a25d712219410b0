"""What must not be taken over: pickles, code, pointers, hostile configs, strangers' tokenizers."""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.importing.bases import imported, write_base, write_tokenizer
from tests.training.refusals import Attempt
from training.errors import ExitCode

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


class Canary:
    """Unpickled, it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def change(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("ending", PICKLES)
@pytest.mark.parametrize("is_torch", [False, True])
def test_pickled_checkpoints_are_refused_under_every_name(
    ending: str, is_torch: bool, tmp_path: Path, attempt: Attempt
) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    weights = folder / "model.safetensors"
    canary = tmp_path / "executed"
    content = {"a": torch.zeros(2), "b": Canary(canary)}
    if is_torch:
        torch.save(content, weights)
    else:
        weights.write_bytes(pickle.dumps(content["b"]))
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert "pickled checkpoint under another name" in said
    weights.rename(folder / f"pytorch_model{ending}")
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert f"pytorch_model{ending}: pickled checkpoints can run code" in said
    assert "Save the model as safetensors" in said
    assert not canary.exists()


HOSTILE = {
    "code": ({"auto_map": {"AutoModelForCausalLM": "evil.Model"}}, "asks for code"),
    "a kernel": ({"attn_implementation": "somebody/kernel"}, "asks for code"),
    "another class": ({"model_type": "mamba"}, "LlamaForCausalLM (SmolLM2 is one)"),
    "no text": ({"model_type": ["llama"]}, "cannot be taken over"),
    "huge": ({"hidden_size": 10**12}, "accepted: a whole number from 8 to 65,536"),
    "a text": ({"num_hidden_layers": "2; rm"}, "accepted: a whole number from 1 to 256"),
    "nested": ({"vocab_size": {"a": [1]}}, "accepted: a whole number"),
    "a truth": ({"num_attention_heads": True}, "accepted: a whole number"),
    "another activation": ({"hidden_act": "relu"}, "accepted: 'silu' or 'swish'"),
    "heads": ({"num_key_value_heads": 3}, "key/value heads must divide"),
    "quantised": ({"quantization_config": {"bits": 4}}, "weights are quantised"),
    "yarn": ({"rope_parameters": {"rope_type": "yarn", "factor": 4}}, "'default' or 'linear'"),
    "half biased": ({"mlp_bias": True}, "as attention_bias is"),
    "other sizes": ({"intermediate_size": 64}, "do not fit config.json"),
    "more layers": ({"num_hidden_layers": 3}, "missing: model.layers.2"),
    "fewer layers": ({"num_hidden_layers": 1}, "not part of this class: model.layers.1"),
    "no numbers": ({"rms_norm_eps": "nan"}, "accepted: a number"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_configs_that_ask_for_too_much_are_refused(
    name: str, tmp_path: Path, attempt: Attempt
) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    changes, sentence = HOSTILE[name]
    change(folder, **changes)
    assert sentence in attempt("import", {"path": str(folder)}, ExitCode.DATA)


def test_configs_that_are_no_configs_are_refused(tmp_path: Path, attempt: Attempt) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    for text in ("[]", "{", '{"a":' * 200_000, " " * (2 << 20), '{"a":' * 50 + "1" + "}" * 50):
        (folder / "config.json").write_text(text)
        assert "config.json" in attempt("import", {"path": str(folder)}, ExitCode.DATA)


def test_pointers_and_broken_files_are_told_apart(tmp_path: Path, attempt: Attempt) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    for content, sentence in (
        (pointer, "Fetch the real files with git lfs pull"),
        (b"", "is empty"),
        (whole[:-100], "not a whole safetensors file"),
        (whole[:20], "not a whole safetensors file"),
        (b"\xff" * 64, "not a whole safetensors file"),
    ):
        weights.write_bytes(content)
        assert sentence in attempt("import", {"path": str(folder)}, ExitCode.DATA)


def test_a_tokenizer_of_another_model_is_refused_with_both_numbers(
    tmp_path: Path, attempt: Attempt
) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    write_tokenizer(folder, num_added=9)
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert "ids go up to 264, and the base has rows for 260" in said
    (folder / "tokenizer.json").unlink()
    assert "There is no tokenizer.json" in attempt("import", {"path": str(folder)}, ExitCode.DATA)


def test_an_index_cannot_lead_out_of_the_folder(tmp_path: Path, attempt: Attempt) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    (folder / "model.safetensors").rename(tmp_path / "secret.safetensors")
    (folder / "other.safetensors").write_bytes(b"")
    index = {"weight_map": {"lm_head.weight": "../secret.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert "names files that are not there: ../secret.safetensors" in said


def test_weights_that_are_not_finite_are_refused(tmp_path: Path, attempt: Attempt) -> None:
    from safetensors.torch import load_file, save_file

    folder = write_base(tmp_path / "theirs", "llama")
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"][3] = float("nan")
    save_file(tensors, folder / "model.safetensors")
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert "model.norm.weight holds numbers that are not finite" in said


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_of_the_folder_is_read_like_the_folder(kind: str, tmp_path: Path) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    path = tmp_path / f"model.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("../../outside.json", "{}")
            for file in folder.iterdir():
                archive.write(file, f"sub/{file.name}")
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "sub")
            link = tarfile.TarInfo("sub/link.json")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(link)
    output = imported(path, tmp_path / "job")
    assert (output / "model.safetensors").is_file()
    assert not list((tmp_path / "job").glob("unpacked*"))
    assert not (tmp_path / "outside.json").exists()


def test_an_archive_that_grows_without_end_is_refused(tmp_path: Path, attempt: Attempt) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(6):
            archive.writestr(f"{number}.safetensors", io.BytesIO(bytes(100 << 20)).getvalue())
    assert path.stat().st_size < 2 << 20
    assert "unpacks to far more" in attempt("import", {"path": str(path)}, ExitCode.DATA)


def test_a_damaged_archive_is_refused(tmp_path: Path, attempt: Attempt) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps({"a": list(range(5_000))}))
    data = bytearray(path.read_bytes())
    data[60:90] = b"\xff" * 30
    path.write_bytes(data)
    assert "The archive model.zip cannot be read" in attempt(
        "import", {"path": str(path)}, ExitCode.DATA
    )


def test_the_files_of_an_adapter_are_no_model_and_the_remedy_is_told(
    tmp_path: Path, attempt: Attempt
) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"")
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert "These are the files of an adapter" in said
    assert "merge_and_unload" in said


def test_half_a_character_in_a_config_is_refused(tmp_path: Path, attempt: Attempt) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    for name in ("eos_token", "chat_template"):
        (folder / "tokenizer_config.json").write_text(json.dumps({name: "\ud800"}))
        said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
        assert f"tokenizer_config.json: {name} holds half a character" in said


def test_a_pointer_in_place_of_the_chat_template_is_refused(
    tmp_path: Path, attempt: Attempt
) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    (folder / "chat_template.jinja").write_text("version https://git-lfs.github.com/spec/v1\n")
    said = attempt("import", {"path": str(folder)}, ExitCode.DATA)
    assert "chat_template.jinja is a Git LFS pointer" in said


def test_of_several_templates_the_default_one_is_taken(tmp_path: Path) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    named = [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "yes"}]
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": named}))
    output = imported(folder, tmp_path / "job")
    assert (output / "chat_template.jinja").read_text() == "yes"


def test_words_of_a_vocabulary_are_no_requests_for_code(tmp_path: Path) -> None:
    folder = write_base(tmp_path / "theirs", "llama")
    data = json.loads((folder / "tokenizer.json").read_text())
    data["model"]["vocab"]["auto_map"] = data["model"]["vocab"].pop("!")
    (folder / "tokenizer.json").write_text(json.dumps(data))
    imported(folder, tmp_path / "job")
