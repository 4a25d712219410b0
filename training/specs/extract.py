"""What the verb ``extract`` is asked: which files become documents, and how they are split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from training.errors import Problem
from training.planning.machine import num_cores
from training.specs.base import Part, Spec, option
from training.specs.common_options import cpu_limit_option, memory_limit_option
from training.specs.extract_formats import (
    EpubOptions,
    HtmlOptions,
    LineCheck,
    PdfOptions,
    TableOptions,
    UnpackingLimits,
)
from training.specs.extract_sources import (
    CodeOptions,
    JatsOptions,
    LatexOptions,
    MediaWikiOptions,
    StackExchangeOptions,
)
from training.specs.input_files import repeated_paths, with_moved_files


class FileFormat(StrEnum):
    """How a file is read; ``auto`` goes by its first bytes and the ending of its name."""

    AUTO = "auto"
    TXT = "txt"
    MD = "md"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
    HTML = "html"
    PDF = "pdf"
    EPUB = "epub"
    WARC = "warc"
    MEDIAWIKI = "mediawiki"
    JATS = "jats"
    FEED = "feed"
    STACKEXCHANGE = "stackexchange"
    LATEX = "latex"
    CODE = "code"
    ZIP = "zip"
    TAR = "tar"
    GZ = "gz"
    ZST = "zst"
    BZ2 = "bz2"
    XZ = "xz"


class SplitBy(StrEnum):
    """What one document of a text file is."""

    FILE = "file"
    PARAGRAPHS = "paragraphs"
    LINES = "lines"


class Builtin(StrEnum):
    """Text that is found on this machine and needs no upload."""

    NONE = "none"
    CPYTHON = "cpython"


class InputFile(Part):
    """One file (or folder) on this machine and what is known of it."""

    path: str = option(
        title="File or folder",
        help="Relative to the spec file; of a folder all files below it are read.",
        min_length=1,
    )
    source: str = option(
        "", title="Source", help="Label kept with every document; empty takes the file's name."
    )
    language: str = option("", title="Language", help="Code such as en or zh; empty is unknown.")
    licence: str = option("", title="Licence", help="Under which terms the text may be used.")
    format: FileFormat = option(
        FileFormat.AUTO, title="Format", help="auto goes by the first bytes, then by the ending."
    )


class ExtractSpec(Spec):
    """Files become documents; what cannot be read is counted and named, never skipped silently."""

    verb = "extract"

    inputs: list[InputFile] = option(
        factory=list, title="Files", help="Files on this machine to read, in this order."
    )
    upload: str = option("", title="Upload", help="Folder of uploaded files.", artifact="upload")
    builtin: Builtin = option(
        Builtin.NONE,
        title="Text on this machine",
        help="cpython: Python's own documentation topics and docstrings, about 2.3 MB.",
    )
    source: str = option(
        "", title="Source", help="Label of uploaded files; empty takes each file's name."
    )
    language: str = option("", title="Language", help="Language code of uploaded files.")
    licence: str = option("", title="Licence", help="Licence of uploaded files.")
    split: SplitBy = option(
        SplitBy.FILE,
        title="One document is",
        help="For txt and md: the file, each paragraph (blank lines between), or each line.",
    )
    text_field: str = option(
        "",
        title="Text field",
        help="jsonl key that holds the text; empty takes the first of text, content, body ...",
    )
    num_workers: int = option(
        0,
        title="Workers",
        help="Files read at the same time; 0 takes the cores, at most 4.",
        ge=0,
        le=64,
        group="advanced",
    )
    tables: TableOptions = option(
        factory=TableOptions, title="Tables", help="How csv, tsv and parquet are read."
    )
    html: HtmlOptions = option(
        factory=HtmlOptions, title="Web pages", help="How HTML is read, also inside archives."
    )
    pdf: PdfOptions = option(factory=PdfOptions, title="PDF", help="How PDF files are read.")
    epub: EpubOptions = option(factory=EpubOptions, title="EPUB", help="How books are read.")
    mediawiki: MediaWikiOptions = option(
        factory=MediaWikiOptions, title="Wikis", help="How dumps of MediaWiki are read."
    )
    latex: LatexOptions = option(
        factory=LatexOptions, title="LaTeX", help="How papers and books in LaTeX are read."
    )
    jats: JatsOptions = option(
        factory=JatsOptions, title="Papers in XML", help="How JATS and PubMed XML are read."
    )
    stackexchange: StackExchangeOptions = option(
        factory=StackExchangeOptions,
        title="StackExchange",
        help="Which questions and answers of Posts.xml are taken.",
    )
    code: CodeOptions = option(
        factory=CodeOptions, title="Source code", help="Which source files are left out."
    )
    line_check: LineCheck = option(
        factory=LineCheck,
        title="Check of lines",
        help="Drops documents that are debris of short lines; tables and code are not looked at.",
    )
    unpacking: UnpackingLimits = option(
        factory=UnpackingLimits,
        title="Limits of unpacking",
        help="What one archive (or Parquet file) may unpack to.",
        group="advanced",
    )
    memory_limit_bytes: int = memory_limit_option()
    cpu_limit_seconds: float = cpu_limit_option()

    def problems(self) -> Iterator[Problem]:
        """Something to read must be named, and each file only once."""
        if not self.inputs and not self.upload and self.builtin == Builtin.NONE:
            yield Problem(
                "inputs",
                "there is nothing to read",
                got="no files and no upload",
                expected="at least one file, or an upload",
                hint="Name a text, a table, a PDF, a book, a web page or an archive of them.",
            )
        yield from repeated_paths([item.path for item in self.inputs])

    def resolve(self) -> ExtractSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or min(4, num_cores()))

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Also the paths of ``inputs``."""
        return with_moved_files(super().with_moved_inputs(data, move), move)
