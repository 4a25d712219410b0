"""Set-up compiles every kernel into the folder that jobs look in; importing compiles nothing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

_SIGNATURES = """
import importlib, json
from training.tokens.warm import compile_all
compile_all()
asked = {asked!r}
print("\\n".join(
    f"{{module}}.{{name}}" for module, name in asked
    if not getattr(importlib.import_module(module), name).signatures
))
"""


def cache_files(folder: Path) -> set[str]:
    """Compiled code: one file for each kernel and each set of types."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*.nbc")}


def compiled_names(tree: ast.Module) -> set[str]:
    """Functions of a module that are compiled."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any("compiled" in ast.unparse(one) or "njit" in ast.unparse(one)
                for one in node.decorator_list)
    }  # fmt: skip


def called_kernels() -> list[tuple[str, str]]:
    """(module, name) of each kernel that is called from Python, not only by other kernels."""
    trees = {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts): ast.parse(path.read_text())
        for path in sorted((REPOSITORY / "training").rglob("*.py"))
    }
    kernels = {module: names for module, tree in trees.items() if (names := compiled_names(tree))}
    return sorted({
        call for module, tree in trees.items() for call in calls_in(tree, module, kernels)
        if call[0] != module or is_called_in_python(tree, call[1], kernels[module])
    })  # fmt: skip


def calls_in(tree: ast.Module, module: str, kernels: dict[str, set[str]]) -> set[tuple[str, str]]:
    """Kernels that a module names: its own, imported ones, and those of an imported module."""
    found = {(module, name) for name in kernels.get(module, ())}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    for node in imports:
        for alias in node.names:
            inside = f"{node.module}.{alias.name}"
            if alias.name in kernels.get(str(node.module), ()) and module not in kernels:
                found.add((str(node.module), alias.name))
            found |= {
                (inside, one.attr)
                for one in ast.walk(tree)
                if isinstance(one, ast.Attribute)
                and ast.unparse(one.value) == (alias.asname or alias.name)
                and one.attr in kernels.get(inside, ())
            }
    return found


def is_called_in_python(tree: ast.Module, name: str, kernels: set[str]) -> bool:
    """Whether a function of the module that is not compiled calls it."""
    plain = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name not in kernels
    ]
    return any(
        isinstance(one, ast.Call) and ast.unparse(one.func) == name
        for node in plain
        for one in ast.walk(node)
    )


def test_compiling_ahead_runs_every_kernel_that_is_called():
    asked = called_kernels()
    assert len(asked) > 50
    done = subprocess.run(
        [sys.executable, "-c", _SIGNATURES.format(asked=asked)],
        check=True, capture_output=True, text=True, cwd=REPOSITORY,
    )  # fmt: skip
    assert done.stdout.split() == []


@pytest.mark.slow
def test_after_compiling_ahead_no_job_compiles_anything(tmp_path):
    cache = tmp_path / "cache"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache)}

    def run(*command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", *command], check=True, env=environment, cwd=REPOSITORY
        )

    run("training.tokens.warm")
    before = cache_files(cache)
    assert before
    (tmp_path / "jobs").mkdir()
    run("tests.training.tokens.kernel_jobs", str(tmp_path / "jobs"))
    assert sorted(cache_files(cache) - before) == []


def test_a_kernel_is_compiled_once_into_the_cache_folder(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    script = "from training.corpus.signals.batch import TextBatch\nTextBatch.of(['one two']).words"
    command = [sys.executable, "-c", script]
    subprocess.run(command, check=True, env=environment)
    compiled = list(tmp_path.rglob("signals_*/kernels.hash_words*.nbc"))
    assert len(compiled) == 1
    before = compiled[0].stat().st_mtime_ns
    subprocess.run(command, check=True, env=environment)
    assert list(tmp_path.rglob("signals_*/kernels.hash_words*.nbc")) == compiled
    assert compiled[0].stat().st_mtime_ns == before


def test_nothing_heavy_is_imported_before_it_is_used():
    script = (
        "import sys\n"
        "import training.corpus.pipeline, training.corpus.extract.verb, training.tokens.tokenize\n"
        "import training.corpus.signals.repetition, training.tokenizers.train\n"
        "heavy = {'torch', 'transformers', 'numba', 'pyarrow.dataset', 'django'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
