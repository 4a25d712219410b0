"""Results kept by content: given back whole, never torn, bounded in number, never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from training.folder import kept
from training.folder.kept import keep, read_kept, shared_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRAINYARD_HOME", str(tmp_path))
    return tmp_path


def test_what_was_kept_is_given_back_by_kind_and_key(home: Path) -> None:
    assert read_kept("a", "key") is None
    keep("a", "key", b"content")
    keep("a", "other/../key", b"")
    assert read_kept("a", "key") == b"content"
    assert read_kept("a", "other/../key") == b""
    assert read_kept("b", "key") is None
    assert len(list((home / "kept" / "a").iterdir())) == 2


def test_a_changed_or_torn_file_counts_as_none(home: Path) -> None:
    keep("a", "key", b"content")
    (file,) = (home / "kept" / "a").iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + b"!", b"", b"x"):
        file.write_bytes(damaged)
        assert read_kept("a", "key") is None
    keep("a", "key", b"content")
    assert read_kept("a", "key") == b"content"


def test_the_oldest_go_and_what_was_used_counts_as_new(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_KEPT", 3)
    for number in range(3):
        keep("a", str(number), b"x")
    for number, file in enumerate(sorted((home / "kept" / "a").iterdir())):
        os.utime(file, (number, number))
    assert read_kept("a", "0") == b"x"
    keep("a", "3", b"x")
    assert read_kept("a", "0") == read_kept("a", "3") == b"x"
    assert sum(read_kept("a", str(number)) is not None for number in range(4)) == 3


def test_where_nothing_can_be_written_the_work_goes_on(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "kept").write_text("a file where a folder should be")
    keep("a", "key", b"content")
    assert read_kept("a", "key") is None
    assert "could not be kept" in caplog.text


def test_without_a_home_it_is_the_users_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAINYARD_HOME")
    assert shared_folder() == Path("~/.cache/trainyard").expanduser()
