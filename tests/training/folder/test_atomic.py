"""Files and folders that are replaced in one step, whoever else does so at the same time."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from training.folder.atomic import read_json, replace_folder, write_json


def test_many_writers_of_one_file_leave_one_of_their_versions_whole(tmp_path: Path) -> None:
    path = tmp_path / "stop.json"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: write_json(path, {"number": number}), range(200)))
    assert json.loads(path.read_bytes())["number"] in range(200)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_takes_the_place_of_another(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    replace_folder(tmp_path / "new", tmp_path / "old")
    assert [path.name for path in tmp_path.rglob("*")] == ["old", "new"]


def test_a_secret_is_for_its_owner_from_the_first_moment(tmp_path: Path) -> None:
    """The file is made with its mode: whatever is readable by others before, nothing is after."""
    path = tmp_path / "endpoint.json"
    before = os.umask(0)
    try:
        path.write_text("{}")
        write_json(path, {"token": "secret"}, mode=0o600)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_json(path) == {"token": "secret"}
    assert list(tmp_path.iterdir()) == [path]
