"""The corpus of hostile files: one run of the verb over all 89, each with its own answer.

No worker is lost, no part of a refused file stays, and no parser needs more than 1.5 GiB.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY
from tests.hostile.case import Case
from tests.hostile.generate import FILES, NUM_INPUTS, write_files
from tests.training.corpus.jobs import documents_in

MAX_PARSER_BYTES = 1_536 << 20
#: Runs the command line as its child and tells the largest memory of any process below.
_MEASURED = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "training", *sys.argv[1:]]).returncode
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, "code", code)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the job, and what the run printed."""
    folder = tmp_path_factory.mktemp("hostile")
    files = folder / "files"
    files.mkdir()
    write_files(files)
    spec = folder / "spec.json"
    inputs = [{"path": f"files/{case.name}"} for case in FILES]
    spec.write_text(json.dumps({"inputs": inputs, "num_workers": 2}))
    command = [sys.executable, "-c", _MEASURED, "extract", str(spec), "--out", str(folder / "job")]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return folder / "job", done.stdout


@pytest.fixture(scope="module")
def entries(run: tuple[Path, str]) -> dict[str, dict[str, Any]]:
    """What each file gave."""
    listed = json.loads((run[0] / "output/files.json").read_text())
    return {entry["name"]: entry for entry in listed}


def test_the_corpus_has_102_inputs_of_different_names() -> None:
    assert NUM_INPUTS == 102
    assert len({case.name for case in FILES}) == len(FILES)


def test_the_same_seed_gives_the_same_bytes() -> None:
    noise = next(case for case in FILES if case.name == "noise.txt")
    assert noise.data() == noise.data()


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_each_file_gets_its_answer(case: Case, entries: dict[str, dict[str, Any]]) -> None:
    entry = entries[case.name]
    told = str({key: entry[key] for key in ("refused", "faults", "warnings", "left_out")})[:2_000]
    assert "broke" not in entry["refused"], told
    assert "takes longer" not in entry["refused"], told
    assert case.refused in entry["refused"], told
    assert bool(case.refused) == bool(entry["refused"]), told
    assert entry["num_documents"] == case.num_documents, told
    if case.refused:
        return
    assert entry["num_faults"] == case.num_faults, told
    assert any(case.fault in fault["reason"] for fault in entry["faults"]) or not case.fault, told
    assert not case.line or entry["faults"][0]["line"] == case.line, told
    assert any(case.warning in warning for warning in entry["warnings"]) or not case.warning, told


def test_what_stays_is_what_was_answered_and_nothing_beside_it(run: tuple[Path, str]) -> None:
    counted = Counter(row["origin"]["file"] for row in documents_in(run[0] / "output"))
    assert counted == {case.name: case.num_documents for case in FILES if case.num_documents}
    assert {path.name for path in run[0].parent.iterdir()} == {"files", "job", "spec.json"}
    assert not list((run[0] / "output").glob("streams.tmp"))


def test_no_parser_needs_more_than_a_gigabyte_and_a_half(run: tuple[Path, str]) -> None:
    words = run[1].split("peak ")[1].split()
    assert words[2] == "0"
    assert int(words[0]) <= MAX_PARSER_BYTES
