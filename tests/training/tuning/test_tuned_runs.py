"""Runs on a base: what is frozen stays, what is saved is enough, what contradicts is told."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from tests.training.importing.bases import TOKENS
from tests.training.loop.tiny import series
from tests.training.processes import Attempt as Process
from tests.training.refusals import Attempt, write_yaml
from tests.training.tuning.runs import make_base, make_tokens, tune, tuning_data
from training import cli
from training.errors import ExitCode
from training.events import all_events
from training.folder.artifact import load_manifest
from training.folder.records import num_records
from training.folder.series import read_generation, read_index, series_path
from training.generate.loading import load_for_generation
from training.loop.base import load_base

METHODS: dict[str, dict[str, Any]] = {
    "lora": {"method": "lora", "lora": {"rank": 4, "dropout": 0.1, "uses_dora": True}},
    "freeze": {"method": "freeze", "freeze": {"all_but_top": 1}},
    "full": {"method": "full"},
}
SERIES = ("train/loss", "train/gradient_norm", "validation/loss")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tuning")
    make_base(place)
    make_tokens(place / "tokens")
    return place


def data(place: Path, method: str = "lora", **changes: Any) -> dict[str, Any]:
    spec = tuning_data(place / "tokens", place / "import" / "output", tuning=METHODS[method])
    return {**spec, **changes}


def steps_on_disk(out: Path) -> int:
    index = read_index(out / "metrics")
    return num_records(series_path(out / "metrics", index.get("train/loss", 1)))


def bytes_of_weights(out: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((out / "output").glob("*.safetensors")))


@pytest.mark.parametrize(
    ("method", "num_processes"),
    [
        ("lora", 1),
        ("lora", 2),
        pytest.param("freeze", 1, marks=pytest.mark.slow),
        pytest.param("full", 1, marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_ends_bit_for_bit_where_the_unbroken_one_does(
    method: str, num_processes: int, place: Path, tmp_path: Path
) -> None:
    spec = data(place, method, num_steps=24, num_processes=num_processes)
    twin = tune(tmp_path / "twin", spec)
    killed, dice = tmp_path / "killed", random.Random(3)
    file = write_yaml(tmp_path / "killed.yaml", spec)
    for done, target in enumerate(sorted(dice.sample(range(3, 16), 3))):

        def is_time(target: int = target, done: int = done) -> bool:
            is_this_attempt = read_generation(killed / "metrics")["generation"] >= done
            return is_this_attempt and steps_on_disk(killed) >= target

        assert Process("train", file, killed, num_processes=num_processes).kill_when(is_time)
    attempt = Process("train", file, killed, num_processes=num_processes)
    assert attempt.wait() == [0] * num_processes, attempt.log()
    for name in SERIES:
        assert series(killed, name) == series(twin, name), name
    assert bytes_of_weights(killed) == bytes_of_weights(twin)
    events = all_events(killed / "events.jsonl")
    assert any(event["kind"] == "resumed" and event["step"] for event in events)


def test_a_lora_checkpoint_holds_the_adapter_and_the_bases_name(
    place: Path, tmp_path: Path
) -> None:
    out = tune(tmp_path / "run", data(place, num_steps=6))
    checkpoint = out / "checkpoints" / "step-00000006"
    with safe_open(checkpoint / "rank-0.safetensors", framework="pt") as tensors:
        names = [n for n in tensors.keys() if not n.startswith(("random/", "loop/"))]  # noqa: SIM118
    assert names
    assert all(".lora_" in name for name in names)
    entry = json.loads((checkpoint / "state.json").read_text())["extra"]["adapter"]
    assert (
        entry["base"]["manifest_sha256"]
        == load_base(place / "import/output").identity.manifest_sha256
    )
    assert not entry["base"]["path"].startswith("/")
    started = next(e for e in all_events(out / "events.jsonl") if e["kind"] == "started")
    assert started["num_trainable"] < started["num_parameters"] / 5


@pytest.mark.parametrize(
    ("freeze", "learning"),
    [
        ({"embeddings": True}, ["model.layers.0", "model.layers.1", "model.norm"]),
        ({"first_layers": 1}, ["model.embed", "model.layers.1", "model.norm"]),
        ({"all_but_top": 1}, ["model.layers.1", "model.norm"]),
    ],
)
def test_frozen_weights_keep_every_bit_and_have_no_optimizer_state(
    freeze: dict[str, Any], learning: list[str], place: Path, tmp_path: Path
) -> None:
    tuning = {"method": "freeze", "freeze": freeze}
    out = tune(tmp_path / "run", data(place, num_steps=3, tuning=tuning))
    before = load_file(place / "import/output/model.safetensors")
    after = load_file(out / "output/model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    expected = {name for name in before if name.startswith(tuple(learning))}
    assert changed == expected
    saved = load_file(out / "checkpoints/step-00000003/rank-0.safetensors")
    moments = {n.removeprefix("optimizer/exp_avg/") for n in saved if "/exp_avg/" in n}
    assert moments == expected


def test_merged_and_adapter_are_the_same_function(place: Path, tmp_path: Path) -> None:
    spec = data(place, num_steps=6)
    adapter = tune(tmp_path / "adapter", spec)
    merged = tune(tmp_path / "merged", {**spec, "tuning": {**METHODS["lora"], "output": "merged"}})
    checkpoint = adapter / "checkpoints" / "step-00000006"
    exported = {}
    for name, source, output in (
        ("from checkpoint", checkpoint, "merged"),
        ("from adapter", adapter / "output", "merged"),
        ("adapter again", checkpoint, "adapter"),
    ):
        out = tmp_path / name.replace(" ", "-")
        file = write_yaml(out.with_suffix(".yaml"), {"checkpoint": str(source), "output": output})
        assert cli.main(["export", str(file), "--out", str(out)]) == 0
        exported[name] = out / "output"
    with torch.no_grad():
        reference = load_base(merged / "output").model()(TOKENS).logits
        for name, folder in {"adapter": adapter / "output", **exported}.items():
            logits = load_base(folder).model()(TOKENS).logits
            assert (logits - reference).abs().max() <= 1e-5, name
    assert (merged / "output" / "tokenizer.json").is_file()
    assert load_manifest(merged / "output").counts["is_adapter"] is False
    again = exported["adapter again"] / "adapter_model.safetensors"
    assert again.read_bytes() == (adapter / "output/adapter_model.safetensors").read_bytes()


def test_general_text_is_measured_before_and_after(place: Path, tmp_path: Path) -> None:
    spec = data(place, "full", num_steps=8, general_tokens=str(place / "tokens"))
    out = tune(
        tmp_path / "run", {**spec, "forgetting": {"max_tokens": 330, "at_validations": True}}
    )
    told = [e for e in all_events(out / "events.jsonl") if e["kind"] == "forgetting"]
    assert [event["step"] for event in told] == [0, 8, 8]
    counts = load_manifest(out / "output").counts
    assert counts["general_perplexity_before"] == told[0]["perplexity"]
    assert counts["general_perplexity"] == told[-1]["perplexity"]
    # It is the text that was learnt, so it must have become likelier.
    assert counts["general_loss"] < counts["general_loss_before"]
    off = tune(tmp_path / "off", data(place, "full", num_steps=2, forgetting={"is_on": False}))
    assert not [e for e in all_events(off / "events.jsonl") if e["kind"] == "forgetting"]


def test_a_checkpoint_and_an_adapter_can_be_the_next_base(place: Path, tmp_path: Path) -> None:
    first = tune(tmp_path / "first", data(place, num_steps=3))
    tokens = place / "tokens"
    for name, base in (
        ("on-checkpoint", first / "checkpoints" / "step-00000003"),
        ("on-adapter", first / "output"),
    ):
        tuning = {**METHODS["lora"], "output": "merged"}
        out = tune(tmp_path / name, tuning_data(tokens, base, tuning=tuning, num_steps=2))
        assert load_manifest(out / "output").counts["architecture"] == "LlamaForCausalLM"
    whole = tune(tmp_path / "whole", data(place, "full", num_steps=2))
    out = tune(
        tmp_path / "on-whole",
        tuning_data(tokens, whole / "checkpoints" / "step-00000002", num_steps=2),
    )
    assert load_base(out / "output").spec.num_layers == 2


def contradicting(place: Path) -> dict[str, tuple[dict[str, Any], str, int]]:
    def model(**values: Any) -> dict[str, Any]:
        return data(place, model=values)

    adapter = {"method": "lora", "lora": {"targets": ["gate_proj", "c_attn"]}}
    return {
        "layers": (model(num_layers=3), "model.num_layers: the base has another", ExitCode.SPEC),
        "norm": (model(norm="layernorm"), "accepted: rmsnorm", ExitCode.SPEC),
        "rows": (data(place, sequence_length=65), "up to 64 tokens", ExitCode.SPEC),
        "targets": (data(place, tuning=adapter), "got c_attn; accepted: q_proj", ExitCode.SPEC),
        "depth": (
            data(place, tuning={"method": "freeze", "freeze": {"first_layers": 9}}),
            "the base has fewer layers; got 9; accepted: up to 2",
            ExitCode.SPEC,
        ),
        "unused": (
            data(place, tuning={"method": "full", "lora": {"rank": 4}}),
            "tuning.lora: is not used by the method full",
            ExitCode.SPEC,
        ),
        "no base": (data(place, base=""), "needs a base model", ExitCode.SPEC),
        "nowhere": (data(place, base=str(place / "nowhere")), "there is no folder", ExitCode.DATA),
        "tokens": (data(place, base=str(place / "tokens")), "where model is needed", ExitCode.DATA),
    }


@pytest.mark.parametrize("name", contradicting(Path()))
def test_what_contradicts_the_base_is_told(
    name: str, place: Path, tmp_path: Path, attempt: Attempt
) -> None:
    spec, sentence, code = contradicting(place)[name]
    assert sentence in attempt("train", spec, code)


def test_tokens_of_another_tokenizer_are_refused_with_both_numbers(
    place: Path, tmp_path: Path, attempt: Attempt
) -> None:
    strangers, base = make_tokens(tmp_path / "tokens"), place / "import/output"
    tokenizer = strangers / "tokenizer" / "tokenizer.json"
    text = tokenizer.read_text()
    swapped = text.replace('"a":', '"zz":').replace('"b":', '"a":').replace('"zz":', '"b":')
    tokenizer.write_text(swapped)
    said = attempt("train", tuning_data(strangers, base), ExitCode.DATA)
    assert "the tokenizer has 260 pieces, the base's has 260, and 2 differ: 'a' is" in said
    more = make_tokens(tmp_path / "more", vocab_size=300)
    said = attempt("train", tuning_data(more, base), ExitCode.DATA)
    assert "their tokenizer has 300 pieces, and import/output has rows for 260" in said


def test_an_adapter_of_another_base_is_refused_with_both_names(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = make_base(tmp_path / "a")
    out = tmp_path / "run"
    tune(out, tuning_data(place / "tokens", own, tuning=METHODS["lora"], num_steps=2))
    manifest = own / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "title": "another"}))
    file = write_yaml(tmp_path / "export.yaml", {"checkpoint": str(out / "output")})
    assert cli.main(["export", str(file), "--out", str(tmp_path / "export")]) == ExitCode.DATA
    said = capsys.readouterr().err
    assert "The adapter belongs to another base: it was trained on import/output (manifest" in said
    manifest.unlink()
    assert cli.main(["export", str(file), "--out", str(tmp_path / "gone")]) == ExitCode.DATA
    assert "is no longer there" in capsys.readouterr().err


def test_a_tuned_run_is_served_from_both_places_and_reported(place: Path, tmp_path: Path) -> None:
    out = tune(tmp_path / "run", data(place, num_steps=4))
    merged = load_base(out / "output").model()
    for folder in (out / "output", out / "checkpoints" / "step-00000004"):
        loaded = load_for_generation(folder)
        assert loaded.context_length == 64
        assert loaded.tokenizer.get_vocab_size() == 260
        with torch.no_grad():
            logits = loaded.model(TOKENS).logits
            assert (logits - merged(TOKENS).logits).abs().max() <= 1e-5
    file = write_yaml(tmp_path / "report.yaml", {"run": str(out)})
    assert cli.main(["report", str(file), "--out", str(tmp_path / "report")]) == 0
    report = json.loads((tmp_path / "report" / "output" / "report.json").read_text())
    assert any(made["kind"] == "model" for made in report["inputs"]), "the base is an input"
    first = next(e for e in all_events(out / "events.jsonl") if e["kind"] == "validation")
    assert first["step"] == 0, "where tuning starts from"
