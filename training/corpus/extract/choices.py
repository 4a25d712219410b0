"""From the spec to what the readers are told. Apart, so that the child loads no pydantic."""

from __future__ import annotations

from training.corpus.extract.options import ReadOptions
from training.specs.extract import ExtractSpec


def read_options(spec: ExtractSpec) -> ReadOptions:
    """The choices of a spec."""
    return ReadOptions(
        split=str(spec.split),
        text_field=spec.text_field,
        text_columns=tuple(spec.tables.text_columns),
        delimiter=str(spec.tables.delimiter),
        has_quotes=spec.tables.has_quotes,
        html_content=str(spec.html.content),
        pdf_document=str(spec.pdf.document),
        removes_page_furniture=spec.pdf.removes_page_furniture,
        mends_lines=spec.pdf.mends_lines,
        epub_document=str(spec.epub.document),
        checks_lines=spec.line_check.is_on,
        short_line_characters=spec.line_check.short_characters,
        max_short_fraction=spec.line_check.max_short_fraction,
        min_lines=spec.line_check.min_lines,
        max_unpacked_bytes=spec.unpacking.max_bytes,
        max_ratio=spec.unpacking.max_ratio,
        max_members=spec.unpacking.max_members,
        max_depth=spec.unpacking.max_depth,
    )
