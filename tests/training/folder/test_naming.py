"""Results are called by their title; a folder's id is never shown whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.folder.artifact import write_artifact
from training.folder.naming import called

ID = "652444f7-6f4b-417b-bbf8-e6c794bf771c"


@pytest.mark.parametrize(
    ("folder", "title", "name"),
    [(ID, "Yard BPE", "Yard BPE"), (ID, "", "word list 652444f7"), ("my-words", "", "my-words")],
)
def test_it_is_called_as_people_would(tmp_path: Path, folder: str, title: str, name: str) -> None:
    output = tmp_path / folder / "output"
    output.parent.mkdir()
    with write_artifact(output, kind="word_list") as draft:
        draft.title = title
    assert called(output) == name
