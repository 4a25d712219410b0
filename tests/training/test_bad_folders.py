"""Bad folders at the command line: damaged or wrong inputs, and what does not fit the data."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.corpus.jobs import extract_texts, run_verb
from tests.training.loop.tiny import make_store, write_spec
from tests.training.refusals import Attempt, write_yaml
from training import cli
from training.errors import ExitCode
from training.registry import RULE_PRESETS

KEEP_ALL = RULE_PRESETS["off"].load().model_dump(mode="json")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of little text and a token store, made once."""
    folder = tmp_path_factory.mktemp("home")
    extract_texts(folder, [f"the cat sat on mat number {n}" for n in range(60)])
    run_verb("clean", folder / "clean", documents="../extract/output", rules=KEEP_ALL)
    make_store(folder / "tokens")
    return folder


def test_a_vocabulary_larger_than_the_corpus_supports_says_what_it_supports(
    home: Path, attempt: Attempt
) -> None:
    spec = {"corpus": str(home / "clean/output"), "vocab_size": 50_000}
    said = attempt("tokenizer", spec, ExitCode.SPEC)
    assert "vocab_size: is larger than the corpus supports" in said
    assert "got 50,000; accepted: at most 2" in said
    assert "or set allow_smaller" in said


def test_the_smallest_vocabulary_is_bytes_alone_and_one_less_is_refused(
    home: Path, tmp_path: Path, attempt: Attempt
) -> None:
    spec = {"corpus": str(home / "clean/output"), "vocab_size": 256}
    assert "vocab_size: leaves no room for 256 bytes and the special tokens; got 256" in attempt(
        "tokenizer", spec, ExitCode.SPEC
    )
    write_yaml(tmp_path / "spec.yaml", spec | {"vocab_size": 257})
    # The folder in which nothing came about takes the mended spec.
    assert cli.main(["tokenizer", str(tmp_path / "spec.yaml"), "--out", str(tmp_path / "job")]) == 0


def test_rows_longer_than_all_text_are_refused_and_than_any_document_are_warned_of(
    home: Path, tmp_path: Path, attempt: Attempt, caplog: pytest.LogCaptureFixture
) -> None:
    small = {"num_layers": 1, "width": 16, "num_heads": 2}
    write_spec(tmp_path / "a.yaml", home / "tokens", model={**small, "context_length": 65_536})
    said = attempt("train", None, ExitCode.DATA, file=tmp_path / "a.yaml")
    assert "fewer than one row of the sequence length 65,536 needs" in said
    assert "Choose a sequence length of at most" in said
    model = {**small, "context_length": 256}
    write_spec(tmp_path / "b.yaml", home / "tokens", model=model, num_steps=5)
    assert cli.main(["train", str(tmp_path / "b.yaml"), "--out", str(tmp_path / "b")]) == 0
    assert "rows of 256 tokens are longer than the longest document (40 tokens)" in caplog.text


def test_a_model_with_fewer_rows_than_the_tokenizer_has_pieces_is_refused(
    home: Path, tmp_path: Path, attempt: Attempt
) -> None:
    model = {"num_layers": 1, "width": 16, "num_heads": 2, "context_length": 32, "vocab_size": 10}
    file = write_spec(tmp_path / "a.yaml", home / "tokens", model=model)
    said = attempt("train", None, ExitCode.SPEC, file=file)
    assert "model.vocab_size: the tokenizer has more pieces than the model has rows for" in said
    assert "got 10; accepted: 0 or at least 64" in said


def test_a_gpu_that_is_not_there_is_said_and_not_replaced(
    home: Path, tmp_path: Path, attempt: Attempt
) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    file = write_spec(tmp_path / "a.yaml", home / "tokens", device="cuda")
    said = attempt("train", None, ExitCode.SPEC, file=file)
    assert said.startswith("device: this machine has 0 GPUs that PyTorch can use")
    assert "accepted: cpu or auto" in said


def cut_tokens(store: Path) -> None:
    os.truncate(store / "tokens.bin", 100)


def without_tokenizer(store: Path) -> None:
    (store / "tokenizer" / "tokenizer.json").unlink()


def without_manifest(store: Path) -> None:
    (store / "manifest.json").unlink()


def other_ids(store: Path) -> None:
    path = store / "tokens.bin"
    path.write_bytes(b"\xff" * path.stat().st_size)


DAMAGE: list[tuple[Callable[[Path], None], str]] = [
    (cut_tokens, "tokens.bin has 100 bytes of 10,358. Run the job that makes these tokens again."),
    (without_tokenizer, "its file tokenizer/tokenizer.json is missing."),
    (without_manifest, "is not a finished artifact: its manifest.json is missing or torn."),
    (other_ids, "holds the id 65,535, and its tokenizer has 64 pieces"),
    (shutil.rmtree, "does not exist. Name the output folder of the job that makes it."),
]


@pytest.mark.parametrize(("damage", "part"), DAMAGE, ids=[row[1][:30] for row in DAMAGE])
def test_a_damaged_token_store_is_named_with_what_is_wrong(
    home: Path, tmp_path: Path, attempt: Attempt, damage: Callable[[Path], None], part: str
) -> None:
    shutil.copytree(home / "tokens", tmp_path / "tokens")
    damage(tmp_path / "tokens")
    file = write_spec(tmp_path / "a.yaml", Path("tokens"))
    assert part in attempt("train", None, ExitCode.DATA, file=file)


def test_an_artifact_of_another_kind_is_refused(home: Path, attempt: Attempt) -> None:
    said = attempt("clean", {"documents": str(home / "tokens")}, ExitCode.DATA)
    assert "tokens is of the kind tokens where documents is needed" in said


def test_documents_that_were_cut_off_are_not_cleaned(
    home: Path, tmp_path: Path, attempt: Attempt
) -> None:
    shutil.copytree(home / "extract/output", tmp_path / "documents")
    os.truncate(tmp_path / "documents" / "shard-00000.parquet", 20)
    said = attempt("clean", {"documents": "documents"}, ExitCode.DATA)
    assert "documents is damaged: its file shard-00000.parquet has 20 bytes of" in said


def test_checkpoints_of_another_model_are_not_trained_over(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = {"num_layers": 1, "width": 16, "num_heads": 2, "context_length": 32}
    write_spec(tmp_path / "a.yaml", home / "tokens", model=small, num_steps=5)
    assert cli.main(["train", str(tmp_path / "a.yaml"), "--out", str(tmp_path / "a")]) == 0
    shutil.copytree(tmp_path / "a" / "checkpoints", tmp_path / "b" / "checkpoints")
    write_spec(tmp_path / "b.yaml", home / "tokens", model={**small, "width": 32}, num_steps=5)
    code = cli.main(["train", str(tmp_path / "b.yaml"), "--out", str(tmp_path / "b")])
    assert code == ExitCode.CHECKPOINT
    said = capsys.readouterr().err
    assert "The checkpoint does not fit the model" in said
    assert "(64, 32)" in said
    assert "(64, 16)" in said
    assert "Traceback" not in said
    assert not (tmp_path / "b" / "output").exists()


@pytest.mark.parametrize(
    ("verb", "spec", "code", "part"),
    [
        ("report", {"run": "nowhere"}, 3, "nowhere is not a training run"),
        ("report", {"run": "tokens"}, 3, "Name the folder of a train job or its output."),
        ("export", {"checkpoint": "nowhere"}, 7, "there is no folder"),
        ("export", {"checkpoint": "tokens"}, 7, "it is an artifact of another kind"),
    ],
)
def test_what_is_no_run_or_checkpoint_is_refused(
    home: Path, tmp_path: Path, attempt: Attempt, verb: str, spec: dict[str, str], code: int,
    part: str,
) -> None:  # fmt: skip
    shutil.copytree(home / "tokens", tmp_path / "tokens")
    assert part in attempt(verb, spec, code)


def test_an_out_folder_that_cannot_be_one_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = write_yaml(tmp_path / "spec.yaml", {"seconds": 0})
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("file", "loop", "file/below", "n" * 300):
        assert cli.main(["sleep", str(spec), "--out", str(tmp_path / name)]) == ExitCode.SPEC
        said = capsys.readouterr().err
        assert said.startswith("--out: the folder cannot be made or written to (")
        assert said.endswith("Name another folder.\n")
    assert (tmp_path / "file").read_text() == "mine"
