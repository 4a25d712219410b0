"""How documents and archives are read: parts of the spec of ``extract``."""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Part, option


class Delimiter(StrEnum):
    """What stands between the cells of a csv row; ``auto`` looks at the first rows."""

    AUTO = "auto"
    COMMA = "comma"
    SEMICOLON = "semicolon"
    TAB = "tab"
    PIPE = "pipe"


class HtmlContent(StrEnum):
    """How much of a web page is text; the main content by our rules, or by another library's."""

    MAIN = "main"
    RESILIPARSE = "resiliparse"
    TRAFILATURA = "trafilatura"
    WHOLE = "whole"


class PdfDocument(StrEnum):
    """What one document of a PDF is."""

    FILE = "file"
    PAGE = "page"


class EpubDocument(StrEnum):
    """What one document of a book is."""

    BOOK = "book"
    CHAPTER = "chapter"


class TableOptions(Part):
    """Tables: csv, tsv and parquet. Each row is a document, its other columns go along."""

    text_columns: list[str] = option(
        factory=list,
        title="Text columns",
        help="Joined by a blank line; empty takes text, content, body ..., or the one long column.",
    )
    delimiter: Delimiter = option(
        Delimiter.AUTO, title="Delimiter", help="Of csv; auto looks at the first rows."
    )
    has_quotes: bool = option(
        True,
        title="Quotes enclose cells",
        help="Off takes quotes in csv as plain characters, as many tsv files mean them.",
        group="advanced",
    )


class HtmlOptions(Part):
    """Web pages."""

    content: HtmlContent = option(
        HtmlContent.MAIN,
        title="Content",
        help="main leaves out menus, footers and advertisements; whole keeps all visible text.",
    )


class PdfOptions(Part):
    """PDF files."""

    document: PdfDocument = option(
        PdfDocument.FILE, title="One document is", help="The whole file, or each page."
    )
    removes_page_furniture: bool = option(
        True,
        title="Remove headers and footers",
        help="Lines repeated on more than half of the pages, page numbers, dot leaders.",
    )
    mends_lines: bool = option(
        True,
        title="Mend lines",
        help="Words hyphenated at the end of a line are joined again, lines become paragraphs.",
    )


class EpubOptions(Part):
    """Books in EPUB."""

    document: EpubDocument = option(
        EpubDocument.BOOK, title="One document is", help="The whole book, or each chapter."
    )


class LineCheck(Part):
    """A document of which most lines are very short is a chat log, a menu or a broken table."""

    is_on: bool = option(True, title="On", help="Off keeps every document, whatever its lines.")
    short_characters: int = option(
        10,
        title="A line is short below",
        help="A Chinese, Japanese or Korean character counts for two.",
        unit="characters",
        ge=1,
        le=1_000,
    )
    max_short_fraction: float = option(
        0.7,
        title="Short lines at most",
        help="Fraction of the lines that are not blank.",
        ge=0,
        le=1,
        recommended=(0.5, 1),
    )
    min_lines: int = option(
        20,
        title="Looked at from",
        help="Documents with fewer lines are left alone.",
        unit="lines",
        ge=1,
        group="advanced",
    )


class UnpackingLimits(Part):
    """A file that passes one of these is refused as a whole."""

    max_bytes: int = option(
        16 << 30,
        title="Unpacked size",
        help="Of all members together, archives inside archives included.",
        unit="bytes",
        ge=1 << 20,
        group="advanced",
    )
    max_ratio: int = option(
        200,
        title="Ratio",
        help="Unpacked to packed size; looked at beyond 67 MB. Zip bombs have a thousand.",
        ge=2,
        le=1_000_000,
        recommended=(20, 1_000),
        group="advanced",
    )
    max_members: int = option(
        100_000,
        title="Members",
        help="Of all archives in the file.",
        ge=1,
        le=100_000_000,
        group="advanced",
    )
    max_depth: int = option(
        2,
        title="Archives in archives",
        help="How deep they may be nested.",
        ge=0,
        le=8,
        group="advanced",
    )
