"""GGUF files: the logits of the model they were made from, and bad files refused with a reason."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import Tokenizer

from tests.training.importing.bases import TOKENS, build, imported
from tests.training.importing.gguf_files import write_gguf
from tests.training.refusals import Attempt
from training.errors import DataError, ExitCode
from training.folder.artifact import load_manifest
from training.importing.gguf import read_gguf
from training.importing.source import Source
from training.loop.base import load_base


@pytest.mark.parametrize("name", ["llama", "llama with biases, untied", "qwen2", "gpt2"])
def test_logits_are_those_of_the_model_that_was_converted(name: str, tmp_path: Path) -> None:
    output = imported(write_gguf(tmp_path / "model.gguf", name), tmp_path / "job")
    with torch.no_grad():
        ours, theirs = load_base(output).model()(TOKENS).logits, build(name)(TOKENS).logits
    assert (ours - theirs).abs().max() <= 1e-4


@pytest.mark.parametrize(
    ("kind", "largest"), [(Kind.F16, 1e-3), (Kind.BF16, 1e-2), (Kind.Q8_0, 1e-2), (Kind.Q4_0, 0.2)]
)
def test_quantised_weights_are_near_the_real_ones(
    kind: Kind, largest: float, tmp_path: Path
) -> None:
    output = imported(write_gguf(tmp_path / "m.gguf", "gpt2", kind=kind), tmp_path / "job")
    real = load_base(imported(write_gguf(tmp_path / "r.gguf", "gpt2"), tmp_path / "real")).tensors
    for name, tensor in load_base(output).tensors.items():
        spread = real[name].abs().max()
        assert (tensor - real[name]).abs().max() <= largest * spread, name


def test_the_tokenizer_comes_along(tmp_path: Path) -> None:
    output = imported(write_gguf(tmp_path / "m.gguf", "llama"), tmp_path / "job")
    tokenizer = Tokenizer.from_file(str(output / "tokenizer.json"))
    ids = tokenizer.encode("a tea 12<|im_end|>").ids
    assert [tokenizer.id_to_token(i) for i in ids] == [
        "a", "Ġt", "e", "a", "Ġ", "1", "2", "<|im_end|>",
    ]  # fmt: skip
    assert tokenizer.decode(ids, skip_special_tokens=False) == "a tea 12<|im_end|>"
    assert (output / "chat_template.jinja").read_text() == "{{ messages }}"
    assert '"eos_token_id": 256' in (output / "config.json").read_text()


BAD = {
    "another architecture": ({"general.architecture": "mamba"}, "accepted: llama, qwen2, gpt2"),
    "an unknown cut": ({"tokenizer.ggml.pre": "deepseek-v9"}, "in the way 'deepseek-v9'"),
    "an unknown tokenizer": ({"tokenizer.ggml.model": "t5"}, "accepted: gpt2, llama"),
    "too few tokens": ({"tokenizer.ggml.tokens": ["a", "b"]}, "has 2 pieces, and the base has"),
    "a stretched context": ({"llama.rope.scaling.type": "yarn"}, "'yarn'"),
    "huge": ({"llama.block_count": 2_000_000_000}, "whole number from 1 to 256"),
    "a window": ({"llama.attention.sliding_window": 8}, "sliding_window is 8"),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_cannot_be_taken_over_are_refused(
    name: str, tmp_path: Path, attempt: Attempt
) -> None:
    changes, sentence = BAD[name]
    path = write_gguf(tmp_path / "m.gguf", "llama", **changes)
    assert sentence in attempt("import", {"path": str(path)}, ExitCode.DATA)


@pytest.mark.parametrize("where", ["header", "data"])
def test_a_file_that_was_cut_off_is_refused(where: str, tmp_path: Path, attempt: Attempt) -> None:
    path = write_gguf(tmp_path / "m.gguf", "llama")
    data = path.read_bytes()
    path.write_bytes(data[:900] if where == "header" else data[:-5000])
    assert "is not a whole GGUF file" in attempt("import", {"path": str(path)}, ExitCode.DATA)


def test_a_quantisation_that_cannot_be_undone_is_named(tmp_path: Path, attempt: Attempt) -> None:
    path = write_gguf(tmp_path / "m.gguf", "llama")
    data = path.read_bytes()
    for type_id, shown in ((int(Kind.Q8_1), "Q8_1"), (213, "number 213")):
        entry = b"token_embd.weight" + struct.pack("<IQQ", 2, 32, 260)
        place = data.index(entry) + len(entry)
        path.write_bytes(data[:place] + struct.pack("<I", type_id) + data[place + 4 :])
        said = attempt("import", {"path": str(path)}, ExitCode.DATA)
        assert f"token_embd.weight is quantised as {shown}" in said


def test_a_header_that_claims_much_is_refused_before_it_is_believed(
    tmp_path: Path, attempt: Attempt
) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + struct.pack("<Q", 2**62))
    assert "bytes of a text" in attempt("import", {"path": str(path)}, ExitCode.DATA)
    key = struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 0, 2**40)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 1) + key)
    assert "items of an array" in attempt("import", {"path": str(path)}, ExitCode.DATA)


ODD = {
    "an architecture that is a list": ({"general.architecture": ["llama"]}, "accepted: llama"),
    "merges that are a number": ({"tokenizer.ggml.merges": 3}, "its list of merges is none"),
    "a token without end": (
        {"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": ["a" * 2_000] * 260},
        "a token of its tokenizer has 2,000 characters; accepted: up to 1,024",
    ),
    "one of several parts": ({"split.count": 3}, "one of 3 parts of a model"),
    "heads that turn in part": (
        {"llama.attention.key_length": 8, "llama.rope.dimension_count": 4},
        "rope.dimension_count is 4; accepted: 8",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_metadata_of_the_wrong_kind_is_a_sentence(
    name: str, tmp_path: Path, attempt: Attempt
) -> None:
    changes, sentence = ODD[name]
    path = write_gguf(tmp_path / "m.gguf", "llama", **changes)
    assert sentence in attempt("import", {"path": str(path)}, ExitCode.DATA)


def test_a_shape_that_multiplies_to_nothing_is_refused(tmp_path: Path, attempt: Attempt) -> None:
    path = write_gguf(tmp_path / "m.gguf", "llama")
    data, name = path.read_bytes(), b"token_embd.weight"
    entry = name + struct.pack("<IQQ", 2, 32, 260)
    path.write_bytes(data.replace(entry, name + struct.pack("<IQQ", 2, 2**63, 0)))
    assert "a tensor has the shape [0, 9223" in attempt(
        "import", {"path": str(path)}, ExitCode.DATA
    )


def test_headers_with_flipped_bytes_are_read_or_refused_and_never_break(tmp_path: Path) -> None:
    good = write_gguf(tmp_path / "m.gguf", "gpt2").read_bytes()
    draw = random.Random(0)
    outcomes = set()
    for _ in range(200):
        data = bytearray(good)
        place = draw.randrange(4, 9_000)
        data[place : place + 4] = struct.pack("<I", draw.choice([0, 1, 2, 9, 255, 2**31]))
        path = tmp_path / "bad.gguf"
        path.write_bytes(data)
        try:
            read_gguf(Source({path.name: path}, path.name), tmp_path / "tokenizer")
            outcomes.add("read")
        except DataError:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_a_tied_head_that_is_written_twice_is_taken_once(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf", "gpt2", has_head_twice=True)
    assert load_base(imported(path, tmp_path / "job")).spec.is_tied


def test_a_gguf_beside_the_config_of_its_origin_is_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    write_gguf(tmp_path / "folder" / "m.gguf", "llama")
    (tmp_path / "folder" / "config.json").write_text('{"model_type": "llama"}')
    output = imported(tmp_path / "folder", tmp_path / "job")
    assert load_manifest(output).counts["source"] == "m.gguf"


@pytest.mark.parametrize("kind", [Kind.Q4_0, Kind.Q5_1, Kind.Q8_0, Kind.BF16])
def test_values_are_those_of_the_gguf_package(kind: Kind, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf", "gpt2", kind=kind)
    stored = next(t for t in GGUFReader(path).tensors if t.name == "blk.1.ffn_down.weight")
    theirs = dequantize(stored.data, stored.tensor_type)
    _, ours = read_gguf(Source({path.name: path}, path.name), tmp_path / "tokenizer")
    assert (ours["model.layers.1.mlp.down_proj.weight"].numpy() == theirs).all()
