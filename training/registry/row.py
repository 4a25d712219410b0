"""What one choice is: a name, a title for people, dotted paths; nothing is imported until used."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, TypeVar


@dataclass(frozen=True)
class Row:
    """One choice. ``target`` is what it runs, ``spec`` its pydantic model, both dotted paths."""

    name: str
    title: str
    target: str
    spec: str = ""
    #: Kind of artifact it leaves in ``output/``; empty when it leaves none.
    produces: str = ""
    #: Whether the verb may run on several processes (through accelerate launch).
    is_distributed: bool = False
    #: Whether a second attempt in the same folder goes on where the first one was saved.
    is_resumable: bool = False
    #: Raised when the same input would give another result: stored results are then made anew.
    version: int = 1

    def load(self) -> Any:
        """Import and return the target."""
        return load_dotted(self.target)

    def load_spec(self) -> Any:
        """Import and return the spec class."""
        return load_dotted(self.spec)


_Row = TypeVar("_Row", bound=Row)


def table(*rows: _Row) -> dict[str, _Row]:
    """Rows by name."""
    return {row.name: row for row in rows}


def load_dotted(path: str) -> Any:
    """Import ``package.module:attribute``."""
    module_name, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module_name), attribute)
