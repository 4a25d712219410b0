"""Which files may be uploaded, by the ending of their name, and whether they begin as such do.

What is inside is found out by the readers (`training.corpus.extract`) in children of their own;
here a picture that is called ``.pdf`` is refused with its first chunk instead of its last.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.errors import FileRefusedError
from training.sniffing import recognise, signature_name, sniff

_TEXT = (".txt", ".text", ".md", ".markdown", ".jsonl", ".ndjson", ".csv", ".tsv")
_UTF8_ONLY = (".jsonl", ".ndjson")
#: Their encoding may stand inside, so only what is no text at all is refused here.
_MARKUP = (".html", ".htm", ".xhtml")
#: PDF readers look for the mark within the first kilobyte.
_PDF_HEAD_BYTES = 1_024


@dataclass(frozen=True)
class _Kind:
    name: str
    marks: tuple[bytes, ...]


_ZIP = _Kind("a ZIP archive", (b"PK\x03\x04", b"PK\x05\x06"))
_GZIP = _Kind("a gzip archive", (b"\x1f\x8b",))
_BINARY = {
    ".pdf": _Kind("a PDF", (b"%PDF-",)),
    ".epub": _Kind("an EPUB (a ZIP archive)", _ZIP.marks),
    ".parquet": _Kind("a Parquet file", (b"PAR1",)),
    ".zip": _ZIP,
    ".gz": _GZIP,
    ".tgz": _GZIP,
    ".zst": _Kind("a zstd archive", (b"\x28\xb5\x2f\xfd", b"\x2a\x4d\x18")),
}
ENDINGS = (*_TEXT, *_MARKUP, *_BINARY, ".tar")


def require_beginning(name: str, head: bytes, num_bytes: int) -> None:
    """FileRefusedError when a file of ``num_bytes`` does not begin as its name says."""
    ending = _ending(name)
    kind, other = _BINARY.get(ending), signature_name(head)
    if ending in _TEXT and (other or ending in _UTF8_ONLY):
        sniff(head, num_bytes)
    if ending in _TEXT or not other:
        # Also another encoding than UTF-8 is text; the pointer of Git LFS is nobody's file.
        recognise(head, num_bytes)
    if ending in _TEXT:
        return
    if kind is None:
        if other:
            raise FileRefusedError(f"is {other}, not what its ending {ending} says")
        return
    if not _begins(head, ending, kind):
        really = f"it is {other}" if other else "it may be damaged"
        raise FileRefusedError(f"does not begin as {kind.name} does; {really}")


def _begins(head: bytes, ending: str, kind: _Kind) -> bool:
    if ending == ".pdf":
        return kind.marks[0] in head[:_PDF_HEAD_BYTES]
    if ending == ".zst" and head[1:4] == kind.marks[1]:
        # A frame that is to be skipped may stand before the first one.
        return True
    return head.startswith(kind.marks)


def _ending(name: str) -> str:
    return next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
