"""What the verb ``tokenize`` is asked: which corpus, which tokenizer, what is held out."""

from __future__ import annotations

from enum import StrEnum

from training.planning.machine import num_cores
from training.specs.base import Part, Spec, option


class HoldOut(StrEnum):
    """How validation documents are chosen."""

    HASH = "hash"
    LAST = "last"
    CUT = "cut"


class ValidationPart(Part):
    """Which documents are never trained on."""

    method: HoldOut = option(
        HoldOut.HASH,
        title="Held out by",
        help="hash: by document id, spread over the corpus; last: the last documents in order; "
        "cut: the last tokens, even if that cuts a document in two.",
    )
    fraction: float = option(
        0.05,
        title="Held-out share",
        help="Of the documents (hash) or of the tokens (last, cut).",
        recommended=(0.001, 0.2),
        gt=0,
        lt=1,
    )


class TokenizeSpec(Spec):
    """A corpus becomes a token store: ids, document by document, split for validation."""

    verb = "tokenize"

    corpus: str = option(
        title="Corpus", help="Folder of a cleaned corpus.", artifact="corpus", min_length=1
    )
    tokenizer: str = option(
        title="Tokenizer", help="Folder of a tokenizer.", artifact="tokenizer", min_length=1
    )
    validation: ValidationPart = option(
        factory=ValidationPart, title="Validation", help="What is held out."
    )
    num_threads: int = option(
        0, title="Threads", help="0 takes the cores.", ge=0, le=256, group="advanced"
    )

    def resolve(self) -> TokenizeSpec:
        """Set the number of threads."""
        return self.replace(num_threads=self.num_threads or num_cores())
