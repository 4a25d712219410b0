"""What the verb ``extend_tokenizer`` is asked: which pieces are added to which tokenizer."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Part, Spec, option
from training.specs.tokenize import exactly_one

MAX_TERM_CHARACTERS = 64


class MiningPart(Part):
    """Which words of a corpus become pieces: those that would make it shorter by most tokens."""

    num_terms: int = option(
        1_000,
        title="Words",
        help="At most so many, those first that save most; 0 mines none.",
        unit="words",
        recommended=(0, 20_000),
        ge=0,
        le=200_000,
    )
    min_count: int = option(
        10,
        title="Least frequency",
        help="A word must occur so often: the row of a rare piece is hardly trained.",
        unit="times",
        recommended=(5, 1_000_000),
        ge=1,
    )
    min_pieces: int = option(
        3,
        title="Least pieces",
        help="A word must be cut into so many.",
        unit="pieces",
        ge=2,
        le=64,
    )
    max_bytes: int = option(
        50_000_000,
        title="Text to count",
        help="Documents are taken in order up to this much text.",
        unit="bytes",
        ge=1,
        le=10_000_000_000,
        group="advanced",
    )


class ExtendTokenizerSpec(Spec):
    """Add terms, mined words or the pieces of another tokenizer; every old id stays."""

    verb = "extend_tokenizer"

    tokenizer: str = option(
        "", title="Tokenizer", help="Folder of the tokenizer to extend.", artifact="tokenizer"
    )
    model: str = option(
        "",
        title="Model",
        help="Folder of a model instead of a tokenizer: the tokenizer that it came with.",
        artifact="model",
    )
    terms: list[str] = option(
        factory=list,
        title="Terms",
        help="Words that become one piece each, written as inside a text; Chinese words too.",
        max_length=100_000,
    )
    other: str = option(
        "",
        title="Merge with",
        help="Another tokenizer of the same kind, whose pieces are added.",
        artifact="tokenizer",
    )
    corpus: str = option(
        "",
        title="Corpus",
        help="A cleaned corpus: its shredded words are mined, and what is saved is measured on it.",
        artifact="corpus",
    )
    mining: MiningPart = option(
        factory=MiningPart,
        title="Mining",
        help="Words of the corpus.",
        shown_if=("corpus",),
    )

    def problems(self) -> Iterator[Problem]:
        """One tokenizer to extend, something to add, and terms that can be pieces."""
        yield from exactly_one("tokenizer", self.tokenizer, "model", self.model)
        if not (self.terms or self.other or (self.corpus and self.mining.num_terms)):
            yield Problem(
                "terms",
                "there is nothing to add",
                got="no terms, no other tokenizer and no corpus to mine",
                expected="at least one of them",
                hint="Write the terms of your field, or name a corpus of it.",
            )
        seen: set[str] = set()
        for index, term in enumerate(self.terms):
            if reason := reason_against(term, seen):
                yield Problem(
                    f"terms.{index}",
                    reason,
                    got=repr(term[:40]),
                    expected=f"distinct words of up to {MAX_TERM_CHARACTERS} characters",
                )
            seen.add(term)


def reason_against(term: str, seen: set[str]) -> str:
    """Why a text can be no term; empty when it can."""
    if not term.strip():
        return "is blank"
    if term in seen:
        return "is given twice"
    if term != term.strip() or not term.isprintable():
        return "begins or ends with a space, or holds a line end or another invisible character"
    if len(term) > MAX_TERM_CHARACTERS:
        return f"is {len(term):,} characters long"
    return ""
