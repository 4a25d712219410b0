"""Real text on every machine that runs Python: its documentation topics and its docstrings.

Nothing is imported or run: topics are read from the source of ``pydoc_data.topics`` and
docstrings from the sources of the standard library, both by ``ast``. The result depends only on
the interpreter's own files, so it is the same on every run with one Python.
"""

from __future__ import annotations

import ast
import inspect
import json
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

from training.errors import DataError

REFERENCE_FILE = "cpython-reference.jsonl"
CODE_FILE = "cpython-docstrings.jsonl"
SOURCES = {REFERENCE_FILE: "reference", CODE_FILE: "code"}
_MIN_CHARACTERS = 80
#: Installed packages and tests are not the standard library's own prose.
_SKIPPED_FOLDERS = {"site-packages", "dist-packages", "test", "tests", "idle_test", "pydoc_data",
                    "__pycache__"}  # fmt: skip


def write_cpython_texts(folder: Path, library: Path | None = None) -> list[Path]:
    """Write both jsonl files into ``folder`` and return their paths, the reference first.

    ``library`` is the folder of the standard library, this interpreter's by default. DataError
    when its sources are not there (a Python without them).
    """
    library = library or Path(sysconfig.get_path("stdlib"))
    folder.mkdir(parents=True, exist_ok=True)
    rows = {REFERENCE_FILE: list(_topics(library)), CODE_FILE: list(_docstrings(library))}
    if not any(rows.values()):
        raise DataError(
            f"The standard library in {library.name} has no sources to read text from.",
            advice="Name text files of your own instead.",
        )
    written = []
    for name, found in rows.items():
        path = folder / name
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in found)
        path.write_text("".join(lines), encoding="utf-8")
        if found:
            written.append(path)
    return written


def reference_texts(library: Path | None = None) -> list[str]:
    """The articles of the language reference alone; empty when this Python has no sources."""
    library = library or Path(sysconfig.get_path("stdlib"))
    return [row["text"] for row in _topics(library)]


def _topics(library: Path) -> Iterator[dict[str, str]]:
    """The articles behind ``help('topic')``: the language reference in plain text."""
    tree = _parsed(library / "pydoc_data" / "topics.py")
    if tree is None:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                    yield {"text": str(value.value).strip(), "name": str(key.value)}


def _docstrings(library: Path) -> Iterator[dict[str, str]]:
    """Docstrings of modules, classes and functions, in order of file and line, each text once."""
    seen: set[str] = set()
    for path in sorted(library.rglob("*.py")):
        relative = path.relative_to(library)
        if _SKIPPED_FOLDERS.intersection(relative.parts[:-1]):
            continue
        tree = _parsed(path)
        for name, text in _documented(tree) if tree else ():
            if len(text) >= _MIN_CHARACTERS and text not in seen:
                seen.add(text)
                yield {"text": text, "name": f"{relative}:{name}"}


def _documented(tree: ast.Module) -> Iterator[tuple[str, str]]:
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=False)
            if text:
                yield getattr(node, "name", "module"), inspect.cleandoc(text).strip()
        # Only statements hold statements; walking every expression would take twice as long.
        for part in ("finalbody", "orelse", "handlers", "body"):
            inner = getattr(node, part, None)
            if isinstance(inner, list):
                waiting.extend(reversed(inner))


def _parsed(path: Path) -> ast.Module | None:
    """The file's syntax tree; None for what is missing or not this Python's syntax.

    Some files of the library are broken on purpose (test data of tools), so this is no fault.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
