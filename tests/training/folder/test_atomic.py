"""Files and folders that are replaced in one step, whoever else does so at the same time."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from training.folder.atomic import replace_folder, write_json


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
