"""How dumps, papers, posts and source code are read: further parts of the spec of ``extract``."""

from __future__ import annotations

from enum import StrEnum

from training.specs.base import Part, option


class LatexMath(StrEnum):
    """What becomes of formulas: their source, one word for each, or nothing."""

    KEEP = "keep"
    PLACEHOLDER = "placeholder"
    DROP = "drop"


class JatsPart(StrEnum):
    """What of a paper is taken; its title always is."""

    ABSTRACT = "abstract"
    BODY = "body"


class MediaWikiOptions(Part):
    """Dumps of MediaWiki (pages-articles.xml, also .bz2). Each page is a document."""

    namespaces: list[int] = option(
        factory=lambda: [0],
        title="Namespaces",
        help="0 are articles, 4 project pages, 12 help; others are left out, as redirects are.",
        min_length=1,
    )
    keeps_tables: bool = option(
        False, title="Keep tables", help="As rows, a tab between cells; off leaves them out."
    )


class LatexOptions(Part):
    """LaTeX: a file, or an archive whose parts are put together. Nothing is executed."""

    math: LatexMath = option(
        LatexMath.KEEP,
        title="Formulas",
        help="keep leaves their source, placeholder writes [math], drop leaves nothing.",
    )
    keeps_captions: bool = option(
        False, title="Keep captions", help="Of figures and tables; what they show is left out."
    )


class JatsOptions(Part):
    """Papers in JATS XML (PubMed Central) and records of PubMed. Each paper is a document."""

    parts: list[JatsPart] = option(
        factory=lambda: [JatsPart.ABSTRACT, JatsPart.BODY],
        title="Parts",
        help="Taken besides the title; references and author notes never are.",
        min_length=1,
    )
    keeps_captions: bool = option(
        False, title="Keep captions", help="Of figures and tables; what they show is left out."
    )


class StackExchangeOptions(Part):
    """Posts.xml of StackExchange: a question with its answers is a document."""

    min_question_score: int = option(
        0, title="Question score at least", help="Questions voted lower are left out."
    )
    min_answer_score: int = option(
        0, title="Answer score at least", help="Answers voted lower are left out."
    )
    max_answers: int = option(
        10,
        title="Answers at most",
        help="The accepted one first, then by score; 0 takes the questions alone.",
        ge=0,
        le=1_000,
    )


class CodeOptions(Part):
    """Source files; each is a document. The bounds are those of The Stack."""

    skips_vendored: bool = option(
        True,
        title="Leave out others' code",
        help="Files in node_modules, vendor, third_party, external, dist and the like.",
    )
    skips_generated: bool = option(
        True, title="Leave out generated files", help="Files whose head says so."
    )
    max_line_characters: int = option(
        1_000,
        title="Line at most",
        help="A file with a longer one is taken for minified, and left out.",
        unit="characters",
        ge=80,
        le=1_000_000,
        group="advanced",
    )
    max_mean_line_characters: int = option(
        100,
        title="Mean line at most",
        help="A file with longer ones is taken for minified, and left out.",
        unit="characters",
        ge=20,
        le=1_000_000,
        group="advanced",
    )
    min_alphanumeric_fraction: float = option(
        0.25,
        title="Letters and digits at least",
        help="A file with fewer is data rather than code, and left out.",
        ge=0,
        le=1,
        group="advanced",
    )
