"""Below a root and never out of it: links, devices, pipes, ``..``, whatever the name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from training.errors import DataError
from training.folder import roots
from training.folder.roots import safe_list, safe_open, safe_walk

SECRET = "canary of a file outside"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with every kind of entry, and a secret beside it."""
    (tmp_path / "secret.txt").write_text(SECRET)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.txt").write_text(SECRET)
    root = tmp_path / "root"
    (root / "novels" / "old").mkdir(parents=True)
    (root / "a.txt").write_text("a")
    (root / "novels" / "b.txt").write_text("b")
    (root / "novels" / "old" / "c.txt").write_text("c")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    (root / "inside").symlink_to(root / "novels")
    (root / ".hidden").write_text("h")
    (root / "line\nend.txt").write_text("n")
    os.mkfifo(root / "pipe")
    return root


def test_a_file_below_the_root_is_opened(root: Path) -> None:
    with safe_open(root, "novels/old/c.txt") as descriptor:
        assert os.read(descriptor, 10) == b"c"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("../secret.txt", "leads out of its folder"),
        ("novels/../../secret.txt", "leads out of its folder"),
        ("/etc/passwd", "leads out of its folder"),
        ("..\\secret.txt", "leads out of its folder"),
        ("a.txt\0.png", "leads out of its folder"),
        ("link.txt", "is a link"),
        ("linked/secret.txt", "is a link"),
        ("inside/b.txt", "is a link"),
        ("linked", "is a link"),
        ("pipe", "is a device, a socket or a pipe"),
        ("none.txt", "is not there"),
        ("a.txt/b", "is no folder"),
        ("x" * 300, "File name too long"),
        ("%2e%2e/secret.txt", "is not there"),
        ("//proc/self/cwd/etc/passwd", "leads out of its folder"),
    ],
)
def test_what_leads_elsewhere_is_refused(root: Path, name: str, part: str) -> None:
    with pytest.raises(DataError, match=part), safe_open(root, name) as descriptor:
        assert SECRET.encode() not in os.read(descriptor, 100)


def test_a_listing_counts_what_it_leaves_out(root: Path) -> None:
    listing = safe_list(root, "")
    assert [entry.name for entry in listing.entries] == ["novels", "a.txt"]
    assert listing.num_left_out == 6


def test_all_files_below_are_walked_in_order_and_no_link_is_followed(root: Path) -> None:
    found = list(safe_walk(root))
    assert [name for name, _ in found if name] == ["a.txt", "novels/b.txt", "novels/old/c.txt"]
    assert sum(number for _, number in found) == 6


def test_too_many_files_are_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots, "MAX_FILES", 2)
    with pytest.raises(DataError, match="more than 2 files"):
        list(safe_walk(root))


def test_too_many_folders_in_each_other_are_refused(root: Path) -> None:
    (root / "/".join("d" * 40)).mkdir(parents=True)
    with pytest.raises(DataError, match="folders in each other"):
        list(safe_walk(root))
