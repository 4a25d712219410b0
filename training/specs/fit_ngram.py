"""What the verb ``fit_ngram`` is asked: an n-gram model of which order, from which text."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Spec, option

_SOURCES = ("corpus", "documents", "upload", "path")


class FitNgramSpec(Spec):
    """Modified Kneser-Ney on the words of a text, or a ready ARPA file taken over.

    Words are those of the signals: lower case, each Chinese character one. A line feed ends a
    sentence. The model says how ordinary a text is: the rule "Perplexity" cuts by it.
    """

    verb = "fit_ngram"
    path_fields = ("path",)

    corpus: str = option(
        "",
        title="Corpus",
        help="Folder of a cleaned corpus: its kept documents are learnt from.",
        artifact="corpus",
    )
    documents: str = option(
        "",
        title="Documents",
        help="Folder of documents instead of a corpus: all of them are learnt from.",
        artifact="documents",
    )
    upload: str = option(
        "",
        title="Upload",
        help="An uploaded ARPA file (gzip too) or KenLM binary that is taken over as it is.",
        artifact="upload",
    )
    path: str = option(
        "",
        title="File",
        help="An ARPA file or KenLM binary on this machine, relative to this file.",
        group="advanced",
    )
    order: int = option(
        5, title="Order", ge=1, le=5, unit="words", recommended=(2, 5),
        help="The longest run of words that is counted; one word less is looked back on.",
    )  # fmt: skip
    vocab_size: int = option(
        500_000, title="Vocabulary size", ge=1, le=2_000_000, unit="words",
        recommended=(1_000, 2_000_000),
        help="The most frequent words; all others are one unknown word.",
    )  # fmt: skip
    min_count: int = option(
        1, title="Least frequency", ge=1, unit="times", group="advanced",
        help="Words seen less often are unknown, whatever the size.",
    )  # fmt: skip
    max_training_bytes: int = option(
        1_000_000_000, title="Text to learn from", ge=1, unit="bytes", group="advanced",
        help="Documents are taken in order up to this much text.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """Exactly one source."""
        named = [name for name in _SOURCES if getattr(self, name)]
        if len(named) != 1:
            yield Problem(
                named[1] if named else _SOURCES[0],
                "exactly one of corpus, documents, upload and path is needed",
                got=" and ".join(named) or "none",
                expected="one of the four",
                hint="Empty the others." if named else "Name a corpus that you trust.",
            )
