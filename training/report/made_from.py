"""What a run was made from, as its ancestors' folders tell it: files, funnel, tokenizer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from training.folder.artifact import MANIFEST
from training.folder.atomic import read_json
from training.folder.layout import JobFolder
from training.report.lineage import Ancestor, ancestors
from training.tokens.store import TOKENIZER_FOLDER

#: So many source files are listed; the report says of how many.
MOST_SOURCES = 200
_SOURCE_FIELDS = ("name", "source", "language", "licence", "format", "sha256", "num_bytes")


def made_of(folder: JobFolder, spec: dict[str, Any]) -> list[Ancestor]:
    """Everything the run was made from, nearest first; by its spec while it has no output."""
    if (folder.output / MANIFEST).exists():
        return ancestors(folder.output)[1:]
    found: dict[str, Ancestor] = {}
    for name in ("tokens", "base", "general_tokens"):
        if spec.get(name):
            for one in ancestors((folder.root / str(spec[name])).resolve()):
                found.setdefault(one.id, one)
    return list(found.values())


def input_entry(ancestor: Ancestor) -> dict[str, Any]:
    """One ancestor as plain data."""
    manifest = ancestor.manifest
    return {
        "kind": ancestor.kind,
        "id": ancestor.id,
        "manifest_sha256": ancestor.manifest_sha256,
        "is_present": manifest is not None,
        "counts": manifest.counts if manifest else {},
        "spec": manifest.spec if manifest else {},
        "created": manifest.created if manifest else None,
        "num_bytes": manifest.num_bytes if manifest else None,
        "files": manifest.files if manifest else {},
    }


def funnel_of(found: Sequence[Ancestor]) -> Any:
    """The corpus version's funnel as its job wrote it, or None."""
    for folder in _folders(found, "corpus"):
        return read_json(folder / "funnel.json")
    return None


def sources_of(found: Sequence[Ancestor]) -> dict[str, Any]:
    """The files that the text came from: at most ``MOST_SOURCES``, how many, languages, licences.

    ``languages`` and ``licences`` are those of all files, each once.
    """
    entries = [
        entry
        for folder in _folders(found, "documents")
        for entry in read_json(folder / "files.json") or []
        if isinstance(entry, dict)
    ]
    return {
        "files": [
            {**{name: entry.get(name) for name in _SOURCE_FIELDS},
             "documents": entry.get("num_documents", entry.get("documents"))}
            for entry in entries[:MOST_SOURCES]
        ],
        "num_files": len(entries),
        "names": _once(entry.get("source") for entry in entries),
        "languages": _once(entry.get("language") for entry in entries),
        "licences": _once(entry.get("licence") for entry in entries),
    }  # fmt: skip


def tokenizer_of(found: Sequence[Ancestor]) -> dict[str, Any]:
    """What the tokenizer's manifest counts, and its statistics; {} for one from elsewhere."""
    for one in found:
        if one.kind == "tokenizer" and one.manifest and one.folder:
            statistics = read_json(one.folder / "statistics.json")
            return {"counts": one.manifest.counts, "statistics": statistics or {}}
    for folder in _folders(found, "tokens"):
        statistics = read_json(folder / TOKENIZER_FOLDER / "statistics.json")
        return {"counts": {}, "statistics": statistics} if statistics else {}
    return {}


def _folders(found: Iterable[Ancestor], kind: str) -> list[Path]:
    return [one.folder for one in found if one.kind == kind and one.folder]


def _once(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(str(value) for value in values if value))
