"""Whether tokens give as many rows as one step reads: else it would read a text more than once."""

from __future__ import annotations

from training.errors import Problem
from training.specs.packing import PackingPart


def batch_problem(batch_size: int, num_rows: int, num_processes: int = 1) -> Problem | None:
    """What is wrong with a batch of more rows than there are; None where nothing is."""
    if batch_size <= num_rows:
        return None
    largest = num_rows // num_processes * num_processes
    return Problem(
        "batch_size",
        "the tokens give fewer rows than one batch, so a step would read a text more than once",
        got=f"{batch_size:,} rows",
        expected=f"up to {largest:,} rows" if largest else f"rows for {num_processes} processes",
        hint="Lower it, take shorter rows (sequence_length), or tokenize more text.",
        fix=(("batch_size", largest),) if largest else (),
    )


def most_rows(
    num_tokens: int, num_documents: int, sequence_length: int, packing: PackingPart
) -> int:
    """The most rows of ``sequence_length`` that a text of so many tokens can give.

    Cut anywhere, a row takes its length and the next row's first token is its last target. Kept
    whole, a document at most begins a row that the one before it left unfilled.
    """
    full = max(0, num_tokens - 1) // sequence_length
    return full + num_documents if packing.keeps_whole else full
