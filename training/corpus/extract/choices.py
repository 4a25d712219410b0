"""From the spec to what the readers are told. Apart, so that the child loads no pydantic."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.corpus.extract.options import ReadOptions
from training.specs.extract import ExtractSpec
from training.specs.extract_formats import UnpackingLimits


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
        wiki_namespaces=tuple(spec.mediawiki.namespaces),
        keeps_wiki_tables=spec.mediawiki.keeps_tables,
        latex_math=str(spec.latex.math),
        keeps_latex_captions=spec.latex.keeps_captions,
        jats_parts=tuple(map(str, spec.jats.parts)),
        keeps_jats_captions=spec.jats.keeps_captions,
        min_question_score=spec.stackexchange.min_question_score,
        min_answer_score=spec.stackexchange.min_answer_score,
        max_answers=spec.stackexchange.max_answers,
        skips_vendored=spec.code.skips_vendored,
        skips_generated=spec.code.skips_generated,
        max_code_line=spec.code.max_line_characters,
        max_mean_code_line=spec.code.max_mean_line_characters,
        min_alphanumeric_fraction=spec.code.min_alphanumeric_fraction,
        checks_lines=spec.line_check.is_on,
        short_line_characters=spec.line_check.short_characters,
        max_short_fraction=spec.line_check.max_short_fraction,
        min_lines=spec.line_check.min_lines,
        **_limits(spec.unpacking),
    )


def row_options(
    unpacking: UnpackingLimits, spool: Path, passed_over: dict[str, str]
) -> ReadOptions:
    """How archives of rows are read; nothing else of these options concerns rows."""
    return ReadOptions(**_limits(unpacking), spool_folder=str(spool), passed_over=passed_over)


def _limits(unpacking: UnpackingLimits) -> dict[str, Any]:
    return {
        "max_unpacked_bytes": unpacking.max_bytes,
        "max_ratio": unpacking.max_ratio,
        "max_members": unpacking.max_members,
        "max_depth": unpacking.max_depth,
    }
