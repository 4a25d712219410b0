"""Which reader a file gets: by what its bytes show and, among texts, by the ending of its name.

Parses nothing, so the web process may ask it too.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from training.errors import FileRefusedError
from training.sniffing import recognise

ENDINGS = {
    ".txt": "txt", ".text": "txt", ".md": "md", ".markdown": "md",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".epub": "epub",
    ".zip": "zip", ".tar": "tar", ".tgz": "gz", ".gz": "gz", ".zst": "zst", ".zstd": "zst",
}  # fmt: skip
#: Arrays of rows: no documents, but task sets are made of them (training.tasks).
ROWS_ENDING = ".json"
ARCHIVES = frozenset({"zip", "tar", "gz", "zst"})
#: Formats in which lines are prose, so that many short ones are debris.
PROSE = frozenset({"txt", "md", "html", "pdf", "epub"})
_TEXTS = frozenset({"txt", "md", "jsonl", "csv", "html"})
_NAMED = {
    "pdf": "a PDF", "epub": "an EPUB book", "zip": "a ZIP archive", "gz": "a gzip archive",
    "zst": "a zstd archive", "tar": "a tar archive", "parquet": "a Parquet file",
    "html": "a web page (HTML)", "text": "text",
}  # fmt: skip
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True)
class Recognised:
    """The reader's name, and a warning when the name promised something else."""

    format: str
    warning: str = ""


def recognised(name: str, head: bytes, num_bytes: int) -> Recognised:
    """The format of a file by its first bytes and its name; FileRefusedError when there is none."""
    by_content = recognise(head, num_bytes)
    suffix = PurePosixPath(name).suffix.lower()
    by_name = ENDINGS.get(suffix, "")
    ending = f"named {shown(suffix)}" if suffix else "named without an ending"
    if by_content == "text":
        return _as_text(by_name, suffix)
    if by_content == by_name or (by_content, by_name) == ("zip", "epub"):
        return Recognised(by_name)
    if by_content == "html" and by_name in _TEXTS - {"txt"}:
        return Recognised(by_name)
    what = _NAMED[by_content]
    return Recognised(by_content, f"{ending}, but it is {what}; read as one")


def shown(name: str) -> str:
    """A name that is safe to print: no control or direction characters, cut in its middle."""
    clean = "".join(
        f"<U+{ord(character):04X}>" if unicodedata.category(character)[0] == "C" else character
        for character in name
    )
    if len(clean) <= _SHOWN_CHARACTERS:
        return clean
    half = _SHOWN_CHARACTERS // 2
    return f"{clean[:half]}…{clean[-half:]}"


def _as_text(by_name: str, suffix: str) -> Recognised:
    if by_name in _TEXTS:
        return Recognised(by_name)
    if by_name:
        what = _NAMED[by_name]
        raise FileRefusedError(
            f"is named {suffix} but is no {what.split(maxsplit=1)[1]}: it holds text; name it .txt "
            "if that is meant, or copy it again"
        )
    if suffix == ROWS_ENDING:
        raise FileRefusedError(
            "holds JSON as a whole, which is not read as documents; make a task set of it, or "
            "write one object per line and name it .jsonl"
        )
    if not suffix:
        return Recognised("txt", "named without an ending; read as plain text")
    raise FileRefusedError(f"is of no known format; accepted: {', '.join(ENDINGS)}")
