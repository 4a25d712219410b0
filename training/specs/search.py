"""What the verb ``search`` is asked: which phrase, in which corpus or by which run."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Spec, option


class Among(StrEnum):
    """Which documents are looked through."""

    KEPT = "kept"
    ALL = "all"


class SearchSpec(Spec):
    """Every document that holds a phrase, with source and origin; or the steps that read it."""

    verb = "search"

    phrase: str = option(
        title="Phrase",
        help="Found exactly as it is; white space in it matches any run of white space, line "
        "breaks included.",
        min_length=1,
        max_length=1_000,
    )
    corpus: str = option(
        "",
        title="Corpus",
        help="Folder of a corpus: which documents hold the phrase.",
        artifact="corpus",
    )
    run: str = option(
        "",
        title="Run",
        help="Output folder of a train job, or the job folder of one that has not ended: at which "
        "steps it, and the runs that its base came from, read the phrase.",
        artifact="model",
    )
    ignore_case: bool = option(
        False, title="Ignore case", help="A letter matches its upper and lower case."
    )
    among: Among = option(
        Among.KEPT,
        title="Documents",
        help="kept: those that the rules of the corpus keep; all: also those that they drop.",
    )
    max_documents: int = option(
        0,
        title="Documents at most",
        help="Written and printed; 0 takes all. All are counted.",
        unit="documents",
        ge=0,
        le=10_000_000,
        group="advanced",
    )
    max_hits: int = option(
        100,
        title="Hits of a document at most",
        help="Written and printed; all are counted.",
        ge=1,
        le=100_000,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """Either a corpus or a run is searched."""
        if bool(self.corpus) == bool(self.run):
            got = "both" if self.corpus else "neither"
            yield Problem(
                "corpus", "name either a corpus or a run", got=got, expected="one of them"
            )
