"""What the verb ``compare_tokenizers`` is asked: which tokenizers, on which text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from training.errors import Problem
from training.planning.machine import num_cores
from training.specs.base import Part, Spec, option

MAX_TOKENIZERS = 32


class ComparedPart(Part):
    """One of the tokenizers that are held against each other."""

    path: str = option(
        title="Tokenizer",
        help="Folder of a tokenizer, or of a model: the tokenizer that it came with.",
        min_length=1,
    )
    name: str = option(
        "",
        title="Name",
        help="What it is called in the comparison; empty takes the title of its folder.",
        max_length=120,
    )


class ReferencePart(Part):
    """The model whose training and generation are counted with each vocabulary."""

    num_layers: int = option(12, title="Layers", help="Blocks.", ge=1, le=1_024)
    width: int = option(
        768,
        title="Width",
        help="Size of a hidden state; a multiple of 64, of which each head has as many.",
        unit="numbers",
        ge=64,
        le=65_536,
        multiple_of=64,
    )
    context_length: int = option(
        1_024, title="Context", help="Tokens of a row.", unit="tokens", ge=16, le=1_048_576
    )


class CompareTokenizersSpec(Spec):
    """How tokenizers cut a corpus, by source and language, and what that costs."""

    verb = "compare_tokenizers"

    corpus: str = option(
        title="Corpus",
        help="Folder of a cleaned corpus: the text that is cut.",
        artifact="corpus",
        min_length=1,
    )
    tokenizers: list[ComparedPart] = option(
        title="Tokenizers",
        help="Any number from one on, of any kind.",
        min_length=1,
        max_length=MAX_TOKENIZERS,
    )
    max_bytes: int = option(
        20_000_000,
        title="Text to cut",
        help="Documents are drawn from the whole corpus, by their id, up to about this much text.",
        unit="bytes",
        recommended=(1_000_000, 1_000_000_000),
        ge=1_000,
        le=100_000_000_000,
    )
    num_words: int = option(
        30,
        title="Shredded words",
        help="So many are listed of each tokenizer.",
        unit="words",
        ge=0,
        le=1_000,
        group="advanced",
    )
    min_count: int = option(
        5,
        title="Least frequency of a shredded word",
        help="Rarer words are not listed.",
        unit="times",
        ge=1,
        group="advanced",
    )
    reference: ReferencePart = option(
        factory=ReferencePart,
        title="Cost for",
        help="A decoder of this size, with tied embeddings.",
        group="advanced",
    )
    num_threads: int = option(
        0, title="Threads", help="0 takes the cores.", ge=0, le=256, group="advanced"
    )

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Also the folders of the tokenizers."""
        data = super().with_moved_inputs(data, move)
        rows = data.get("tokenizers")
        if not isinstance(rows, list):
            return data
        return {**data, "tokenizers": [_moved(row, move) for row in rows]}

    def problems(self) -> Iterator[Problem]:
        """Each tokenizer once."""
        paths = [one.path for one in self.tokenizers]
        for index, path in enumerate(paths):
            if path in paths[:index]:
                yield Problem(
                    f"tokenizers.{index}.path", "is named twice", got=path, hint="Remove one."
                )

    def resolve(self) -> CompareTokenizersSpec:
        """Set the number of threads."""
        return self.replace(num_threads=self.num_threads or num_cores())


def _moved(row: object, move: Callable[[str], str]) -> object:
    if isinstance(row, dict) and isinstance(row.get("path"), str) and row["path"]:
        return {**row, "path": move(row["path"])}
    return row
