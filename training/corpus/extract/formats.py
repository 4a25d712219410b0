"""Which reader a file gets: by what its bytes show and, among texts, by the ending of its name.

Parses nothing, so the web process may ask it too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from training.corpus.extract.source_code import LANGUAGES, is_lock_file, language_of
from training.errors import FileRefusedError
from training.sniffing import recognise, xml_root

_DOCUMENTS = {
    ".txt": "txt", ".text": "txt", ".md": "md", ".markdown": "md", ".rst": "txt",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".pdf": "pdf", ".epub": "epub",
    ".warc": "warc", ".wet": "warc", ".tex": "latex", ".ltx": "latex",
    ".xml": "xml", ".nxml": "xml", ".rss": "xml", ".atom": "xml",
    ".zip": "zip", ".tar": "tar", ".tgz": "gz", ".gz": "gz", ".zst": "zst", ".zstd": "zst",
    ".bz2": "bz2", ".tbz2": "bz2", ".xz": "xz", ".txz": "xz",
}  # fmt: skip
#: ``xml`` is no reader: the root element of the file says which one it gets.
ENDINGS = _DOCUMENTS | dict.fromkeys(LANGUAGES, "code")
#: The same for a sentence; a hundred endings of programming languages are too many.
ACCEPTED = f"{', '.join(_DOCUMENTS)}, and source code (.py, .c, .js, .java and others)"
#: Arrays of rows: no documents, but task sets are made of them (training.tasks).
ROWS_ENDING = ".json"
ARCHIVES = frozenset({"zip", "tar", "gz", "zst", "bz2", "xz", "warc"})
#: Formats in which lines are prose, so that many short ones are debris.
PROSE = frozenset(
    {"txt", "md", "html", "pdf", "epub", "warc", "mediawiki", "latex", "jats", "feed"}
    | {"stackexchange"}
)
_XML_READERS = frozenset({"mediawiki", "jats", "feed", "stackexchange"})
_STREAMS = frozenset({"gz", "zst", "bz2", "xz"})
_TEXTS = frozenset({"txt", "md", "jsonl", "csv", "html", "latex", "code"})
_NAMED = {
    "pdf": "a PDF", "epub": "an EPUB book", "zip": "a ZIP archive", "gz": "a gzip archive",
    "zst": "a zstd archive", "bz2": "a bzip2 archive", "xz": "an xz archive",
    "tar": "a tar archive", "parquet": "a Parquet file", "html": "a web page (HTML)",
    "warc": "a web archive (WARC)", "mediawiki": "a MediaWiki dump", "jats": "JATS or PubMed XML",
    "feed": "a news feed (RSS or Atom)", "stackexchange": "posts of StackExchange (XML)",
    "latex": "a LaTeX file", "text": "text",
}  # fmt: skip
_PACKED_WARC = re.compile(r"\.(?:warc|wet|wat)\.gz$", re.I)
_LATEX = re.compile(rb"^[^%\n]*\\document(?:class|style)\b", re.M)
_SHOWN_CHARACTERS = 120


@dataclass(frozen=True)
class Recognised:
    """The reader's name, and a warning when the name promised something else."""

    format: str
    warning: str = ""


def recognised(name: str, head: bytes, num_bytes: int) -> Recognised:
    """The format of a file by its first bytes and its name; FileRefusedError when there is none."""
    if is_lock_file(name):
        raise FileRefusedError("is a lock file of a package manager, which holds no text of people")
    by_content = recognise(head, num_bytes)
    suffix = PurePosixPath(name).suffix.lower()
    by_name = ENDINGS.get(suffix, "")
    if by_content == "text":
        return _as_text(name, head, by_name, suffix)
    if by_content == "gz" and _PACKED_WARC.search(name):
        # Packed record by record, so its reader unpacks it and knows where each one stands.
        return Recognised("warc")
    if by_content in _STREAMS and by_name not in ("", by_content) and by_name not in ARCHIVES:
        # What is inside has a name only by the name outside.
        raise FileRefusedError(
            f"is named {suffix}, but it is {_NAMED[by_content]}; name it {suffix}.{by_content}, or "
            "unpack it"
        )
    is_expected = by_content == by_name or (by_content, by_name) == ("zip", "epub")
    is_page = by_content == "html" and by_name in _TEXTS - {"txt"}
    if is_expected or is_page:
        return Recognised(by_name)
    if by_name == "xml" and by_content in _XML_READERS:
        return Recognised(by_content)
    ending = f"named {shown(suffix)}" if suffix else "named without an ending"
    return Recognised(by_content, f"{ending}, but it is {_NAMED[by_content]}; read as one")


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


def _as_text(name: str, head: bytes, by_name: str, suffix: str) -> Recognised:
    if language_of(name, head):
        return Recognised("code")
    if by_name in _TEXTS:
        return Recognised(by_name)
    if by_name == "xml":
        raise FileRefusedError(_unknown_xml(head))
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
    if _LATEX.search(head):
        # Papers in the archives of preprint servers are named by their number.
        return Recognised("latex")
    if not suffix:
        return Recognised("txt", "named without an ending; read as plain text")
    raise FileRefusedError(f"is of no known format; accepted: {ACCEPTED}")


def _unknown_xml(head: bytes) -> str:
    root = shown(xml_root(head).decode(errors="replace"))
    what = f"is XML with the root element <{root}>" if root else "is no XML with a known root"
    return (
        f"{what}; read are MediaWiki dumps (<mediawiki>), JATS and PubMed articles, RSS and Atom "
        "feeds and Posts.xml of StackExchange; write others as jsonl"
    )
