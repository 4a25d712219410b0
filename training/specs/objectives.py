"""What each objective can be told; a form shows the part of the objective that is chosen.

Masked: Devlin 2019 (BERT: 15 %, 80/10/10, next sentence), Liu 2019 (RoBERTa: drawn anew), Joshi
2020 (SpanBERT: spans of geometric lengths). Prefix: Raffel 2020. Blank: Du 2022 (GLM).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, option


class MaskUnit(StrEnum):
    """What is masked as one."""

    TOKEN = "token"
    WORD = "word"
    SPAN = "span"


class MaskDrawing(StrEnum):
    """Whether a row is masked anew each time it is read."""

    DYNAMIC = "dynamic"
    STATIC = "static"


class MaskedPart(Part):
    """Which tokens are to be guessed, and what stands in their place."""

    share: float = option(
        0.15,
        title="Share masked",
        help="Of the tokens of a row that are not special ones; at least one.",
        recommended=(0.1, 0.4),
        gt=0,
        le=0.9,
    )
    unit: MaskUnit = option(
        MaskUnit.TOKEN,
        title="What is masked",
        help="token: single tokens (BERT); word: whole words; span: runs of words (SpanBERT).",
    )
    mask_fraction: float = option(
        0.8,
        title="Become the mask",
        help="Of the masked tokens, the share that the mask token replaces.",
        ge=0,
        le=1,
        group="advanced",
    )
    random_fraction: float = option(
        0.1,
        title="Become another token",
        help="Share that a random token replaces; what is left stays as it is.",
        ge=0,
        le=1,
        group="advanced",
    )
    span_probability: float = option(
        0.2,
        title="End of a span",
        help="Chance that a span ends after each word: 0.2 gives 3.8 words on average.",
        gt=0,
        le=1,
        group="advanced",
        shown_if=("unit", MaskUnit.SPAN),
    )
    longest_span: int = option(
        10,
        title="Longest span",
        help="No span is longer.",
        unit="words",
        ge=1,
        le=512,
        group="advanced",
        shown_if=("unit", MaskUnit.SPAN),
    )
    drawing: MaskDrawing = option(
        MaskDrawing.DYNAMIC,
        title="Masks are drawn",
        help="dynamic: anew whenever a row is read (RoBERTa); static: of each row a fixed number "
        "of maskings, one after the other (BERT).",
    )
    num_maskings: int = option(
        10,
        title="Maskings per row",
        help="With static drawing; epoch e reads masking e modulo this (BERT has 10).",
        ge=1,
        le=1000,
        shown_if=("drawing", MaskDrawing.STATIC),
    )
    has_pairs: bool = option(
        False,
        title="Next sentence",
        help="Each document of a row becomes a pair; half of the time its second part is from "
        "another document, and the model says which (BERT). Wants a sentence head and two token "
        "types.",
    )

    def problems(self) -> Iterator[Problem]:
        """The two shares are parts of one whole."""
        if self.mask_fraction + self.random_fraction > 1 + 1e-9:
            rest = round(1 - self.mask_fraction, 6)
            yield Problem(
                "random_fraction",
                "what becomes the mask and what becomes another token are more than all",
                got=f"{self.mask_fraction:g} + {self.random_fraction:g}",
                expected=f"at most {rest:g}",
                hint="BERT has 0.8 and 0.1.",
                fix=(("random_fraction", rest),),
            )


class PrefixPart(Part):
    """How much of each document is given, and seen from both sides."""

    least_fraction: float = option(
        0.0,
        title="Shortest prefix",
        help="Share of a document; at least one token is given.",
        ge=0,
        lt=1,
    )
    largest_fraction: float = option(
        1.0,
        title="Longest prefix",
        help="The length is drawn evenly between the two, anew whenever a document is read.",
        gt=0,
        le=1,
    )

    def problems(self) -> Iterator[Problem]:
        """The shortest is not longer than the longest."""
        if self.least_fraction > self.largest_fraction:
            yield Problem(
                "least_fraction",
                "the shortest prefix is longer than the longest",
                got=f"{self.least_fraction:g}",
                expected=f"at most {self.largest_fraction:g}",
                fix=(("least_fraction", self.largest_fraction),),
            )


class BlankPart(Part):
    """Which spans are blanked out and written again, one token after another."""

    share: float = option(
        0.15,
        title="Share blanked",
        help="Of the tokens of a document, where it gets short blanks.",
        recommended=(0.1, 0.3),
        gt=0,
        le=0.5,
    )
    mean_length: float = option(
        3.0,
        title="Length of blanks",
        help="Mean of the Poisson distribution that lengths are drawn from; at least one token.",
        unit="tokens",
        ge=1,
        le=64,
    )
    long_share: float = option(
        0.5,
        title="Long blanks",
        help="Share of the documents that get one long blank at their end instead, which teaches "
        "to write (gMASK): 0.7 in GLM-130B.",
        ge=0,
        le=1,
    )
    long_fraction: float = option(
        0.5,
        title="Shortest long blank",
        help="Share of its document; its length is drawn evenly from this up to the whole.",
        gt=0,
        le=1,
        group="advanced",
    )
