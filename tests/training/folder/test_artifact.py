"""Artifacts appear whole or not at all, and say when they were changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.folder.small_disk import small_disk
from training.errors import DataError, DiskFullError
from training.folder.artifact import (
    changed_files,
    described,
    load_manifest,
    require_kind,
    write_artifact,
)


def test_an_artifact_knows_its_files_counts_and_inputs(tmp_path: Path) -> None:
    with write_artifact(tmp_path / "a", "documents") as draft:
        (draft.path / "x.txt").write_text("hello")
        draft.counts["num_documents"] = 1
    with write_artifact(tmp_path / "b", "corpus", inputs={"documents": tmp_path / "a"}) as draft:
        (draft.path / "y.txt").write_text("there")
    manifest = load_manifest(tmp_path / "b")
    assert manifest.inputs["documents"]["id"] == load_manifest(tmp_path / "a").id
    assert manifest.num_bytes == 5
    assert load_manifest(tmp_path / "a").counts == {"num_documents": 1}
    assert changed_files(tmp_path / "a") == []


def test_one_flipped_byte_is_found(tmp_path: Path) -> None:
    with write_artifact(tmp_path / "a", "documents") as draft:
        (draft.path / "x.bin").write_bytes(bytes(1000))
    (tmp_path / "a" / "x.bin").write_bytes(bytes(999) + b"\x01")
    assert changed_files(tmp_path / "a") == ["x.bin"]


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), write_artifact(tmp_path / "a", "documents") as draft:
        (draft.path / "x.bin").write_bytes(b"half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", num_bytes=256 * 1024) as disk:
        with (
            pytest.raises(DiskFullError, match="disk is full"),
            write_artifact(disk / "a", "documents") as draft,
        ):
            (draft.path / "x.bin").write_bytes(bytes(1 << 20))
        assert list(disk.iterdir()) == []


def test_another_kind_and_a_folder_without_manifest_are_refused(tmp_path: Path) -> None:
    with write_artifact(tmp_path / "a", "documents"):
        pass
    with pytest.raises(DataError, match="is of the kind documents where tokens is needed"):
        require_kind(tmp_path / "a", "tokens")
    with pytest.raises(DataError, match="not a finished artifact"):
        load_manifest(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "about.json is missing or torn"),
        ('{"format_version": 1}', "about.json is missing or torn"),
        ('["shape"]', "about.json is missing or torn"),
        ('{"shape": 1, "format_version": null}', "it has no version"),
        ('{"shape": 1, "format_version": 3}', "newer Trainyard .format 3; this one reads up to 2"),
    ],
)
def test_what_a_folder_says_of_itself_is_checked(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "about.json").write_text(text)
    with pytest.raises(DataError, match=message):
        described(tmp_path, "about.json", 2, keys=("shape",), advice="Run it again.")
    (tmp_path / "about.json").write_text('{"shape": 1, "format_version": 2}')
    assert described(tmp_path, "about.json", 2, keys=("shape",), advice="")["shape"] == 1
