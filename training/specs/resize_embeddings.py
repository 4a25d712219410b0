"""What the verb ``resize_embeddings`` is asked: which model gets rows for which tokenizer."""

from __future__ import annotations

from training.specs.base import Spec, option


class ResizeEmbeddingsSpec(Spec):
    """A model learns the new pieces of its tokenizer: each row is the mean of its old pieces'.

    In the table of the input and in the head. Old rows stay as they are, bit by bit.
    """

    verb = "resize_embeddings"

    model: str = option(
        title="Model",
        help="Folder of a model, with the tokenizer that it came with.",
        artifact="model",
        min_length=1,
    )
    tokenizer: str = option(
        title="Extended tokenizer",
        help="Folder of a tokenizer that holds every old piece under its old id.",
        artifact="tokenizer",
        min_length=1,
    )
    corpus: str = option(
        "",
        title="Text to check on",
        help="Folder of a cleaned corpus; empty takes Python's documentation. Only text without "
        "a new piece is used: there the loss must be the same as before.",
        artifact="corpus",
    )
    row_multiple: int = option(
        1,
        title="Multiple of rows",
        help="Rows are filled up to a multiple of this; GPUs are fastest with one of 64.",
        unit="rows",
        ge=1,
        le=1_024,
        group="advanced",
    )
    max_check_tokens: int = option(
        8_192,
        title="Tokens of the check",
        help="At most so many are read by the old and the new model.",
        unit="tokens",
        ge=128,
        le=1_048_576,
        group="advanced",
    )
