"""Options of the transforms: one part each, all of them off until somebody switches one on."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from training.specs.base import Part, option


class Sameness(StrEnum):
    """When two lines or sentences are the same."""

    EXACT = "exact"
    ALIKE = "alike"


class KeptCopy(StrEnum):
    """Which copy of a repeated piece stays."""

    FIRST = "first"
    NONE = "none"


class Scope(StrEnum):
    """Where copies of a sentence are counted together."""

    DOCUMENT = "document"
    SOURCE = "source"
    CORPUS = "corpus"


class Across(StrEnum):
    """Which documents are held against each other."""

    SOURCE = "source"
    CORPUS = "corpus"


class TransformPart(Part):
    """What every transform has."""

    is_on: bool = option(False, title="On", help="Off leaves the texts as they are.")


def _setting(*default: Any, **details: Any) -> Any:
    """An option that matters while its transform is on."""
    return option(*default, shown_if=("is_on",), **details)


def sameness(default: Sameness) -> Any:
    """How two pieces are compared."""
    return _setting(
        default,
        title="The same when",
        help="exact: character by character, white space at the ends aside. alike: in lower case, "
        "every digit as 0, without punctuation and control characters, white space made single.",
    )


def min_characters(default: int, help: str) -> Any:
    """The shortest piece that is looked at."""
    return _setting(
        default,
        title="Characters at least",
        help=f"{help} A Chinese, Japanese or Korean character counts for two.",
        unit="characters",
        ge=1,
        le=100_000,
        recommended=(10, 1_000),
    )


def kept_copy() -> Any:
    """Whether the first copy stays."""
    return _setting(
        KeptCopy.FIRST,
        title="What stays",
        help="first: the copy that comes first in the order of the documents. none: no copy.",
    )


class CutContaminationPart(TransformPart):
    """Runs of words that a document shares with an item of an evaluation set go.

    The verb decontaminate has found them; the document stays, without them.
    """

    at_most: int = option(
        0,
        title="At most",
        help="Items stay of which a document holds no more runs of words.",
        unit="runs",
        ge=0,
        le=1_000_000,
    )
    item_share: float = option(
        0,
        title="Share of the item",
        help="Items stay of which a document holds a smaller share of the words.",
        ge=0,
        le=1,
    )
    around_words: int = option(
        0,
        title="Words around",
        help="So many words before and behind a run go with it: an answer often stands there.",
        unit="words",
        ge=0,
        le=1_000,
        recommended=(0, 100),
    )


class MendUnicodePart(TransformPart):
    """Characters that were read with the wrong encoding are put right, by ftfy.

    UTF-8 that was read as Windows-1252, Latin-1, Windows-1251, MacRoman and alike, once or several
    times; stray control characters go.
    """

    unescapes_entities: bool = _setting(
        True,
        title="HTML entities",
        help="&amp; becomes &, in lines without a <. Not for texts about HTML.",
    )
    composes: bool = _setting(
        True,
        title="Compose accents",
        help="Letter and accent as one character, where there is one (NFC).",
    )
    removes_ligatures: bool = _setting(
        False, title="Take ligatures apart", help="ﬁ becomes fi.", group="advanced"
    )
    fixes_widths: bool = _setting(
        False,
        title="Usual widths",
        help="Full-width Latin letters and half-width kana in their usual form.",
        group="advanced",
    )
    straightens_quotes: bool = _setting(
        False, title="Straight quotes", help="Curly quotes become straight.", group="advanced"
    )


class CitationsPart(TransformPart):
    """Marks such as [1], [edit] and [citation needed] go (C4). Not for code."""

    has_numbers: bool = _setting(
        True, title="Numbers", help="[1], [23] and [] go; a list index in code looks the same."
    )
    words: list[str] = _setting(
        factory=lambda: ["edit", "citation needed"],
        title="Words",
        help="What else in square brackets goes, in any case.",
        max_length=100,
    )


class LineRulesPart(TransformPart):
    """Lines that are no prose go, as in C4; blank lines are none."""

    min_words: int = _setting(
        3,
        title="Words at least",
        help="Lines with fewer go; each Chinese character is a word. 0 lets all pass.",
        unit="words",
        ge=0,
        le=1_000,
        recommended=(0, 5),
    )
    must_end: bool = _setting(
        False,
        title="Must end a sentence",
        help="Lines that do not end with . ? ! or a quote, of any script, go, and those that end "
        "with an ellipsis. C4 does so; FineWeb found that it takes too much.",
    )
    drops_javascript: bool = _setting(
        True, title="JavaScript", help="Lines with the word go (please enable JavaScript ...)."
    )
    drops_policies: bool = _setting(
        True,
        title="Policies",
        help="Lines with one of: terms of use, privacy policy, cookie policy, uses cookies, "
        "use of cookies, use cookies.",
    )
    max_word_characters: int = _setting(
        1_000,
        title="Longest word",
        help="Lines with a longer word go; 0 lets all pass.",
        unit="characters",
        ge=0,
        le=1_000_000,
        group="advanced",
    )


class RepeatedLinesPart(TransformPart):
    """Within each document, a line that stood there before goes."""

    min_characters: int = min_characters(20, "Shorter lines may repeat.")
    same: Sameness = sameness(Sameness.EXACT)


class RepeatedSentencesPart(TransformPart):
    """A sentence that stands in many places goes, such as the ending of every chapter.

    A sentence ends within a line, at a full stop, question or exclamation mark of any script.
    """

    scope: Scope = _setting(
        Scope.SOURCE,
        title="Counted in",
        help="Places within one document, all documents of one source, or all documents.",
    )
    min_copies: int = _setting(
        5,
        title="Places at least",
        help="Sentences that stand in fewer places stay.",
        unit="places",
        ge=2,
        le=1_000_000_000,
        recommended=(3, 1_000),
    )
    keep: KeptCopy = kept_copy()
    min_characters: int = min_characters(20, "Shorter sentences stay: people do say them often.")
    same: Sameness = sameness(Sameness.ALIKE)


class DuplicatesPart(TransformPart):
    """Pieces that stand in several documents."""

    scope: Across = _setting(
        Across.CORPUS,
        title="Counted in",
        help="All documents of one source, or all documents.",
    )
    min_documents: int = _setting(
        2,
        title="Documents at least",
        help="Pieces that stand in fewer documents stay.",
        unit="documents",
        ge=2,
        le=1_000_000_000,
        recommended=(2, 1_000),
    )
    keep: KeptCopy = _setting(
        KeptCopy.FIRST,
        title="What stays",
        help="first: the copies in the first document that has the piece. none: no copy.",
    )


class DuplicateParagraphsPart(DuplicatesPart):
    """Paragraphs that an earlier document has too go; blank lines stand between paragraphs."""

    min_characters: int = min_characters(80, "Shorter paragraphs stay.")
    same: Sameness = sameness(Sameness.ALIKE)


class DuplicateLinesPart(DuplicatesPart):
    """Lines that an earlier document has too go."""

    min_characters: int = min_characters(40, "Shorter lines stay.")
    same: Sameness = sameness(Sameness.ALIKE)
