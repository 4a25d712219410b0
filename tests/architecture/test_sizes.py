"""Files hold one concept: never over 400 lines; scripts of pages never over 150."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

from tests.conftest import REPOSITORY

MAX_LINES = 400
MAX_SCRIPT_LINES = 150
MAX_FUNCTION_LINES = 60
FORBIDDEN_NAMES = {"utils", "helpers", "misc", "manager", "base2"}


def tracked(*patterns: str) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "--", *patterns],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    paths = [REPOSITORY / line for line in done.stdout.splitlines()]
    return [path for path in paths if path.is_file() and "migrations" not in path.parts]


def num_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_over_400_lines() -> None:
    long = {p.name: num_lines(p) for p in tracked("*.py", "*.css") if num_lines(p) > MAX_LINES}
    assert long == {}


def test_no_script_of_a_page_is_over_150_lines() -> None:
    scripts = tracked("*.js")
    assert {p.name: num_lines(p) for p in scripts if num_lines(p) > MAX_SCRIPT_LINES} == {}


def test_no_function_is_over_60_lines() -> None:
    long = []
    for path in tracked("training/*.py", "webapp/*.py", "scripts/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    long.append(f"{path.name}:{node.name} {length}")
    assert long == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [p.name for p in tracked("*.py") if p.stem in FORBIDDEN_NAMES] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(REPOSITORY))
        for path in tracked("training/*.py", "webapp/*.py", "scripts/*.py", "benchmarks/*.py")
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []
