"""Held against the old tokenizer: every old id stands, and old text is cut as before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import tokenizers

from training.errors import DataError
from training.vocabulary.spelling import Speller

_BATCH_LINES = 1_000


@dataclass(frozen=True)
class Comparison:
    """A sample cut by both: tokens, and lines that hold no new piece and are cut as before."""

    num_lines: int
    num_lines_without_new: int
    num_bytes: int
    num_tokens_before: int
    num_tokens_after: int

    @property
    def saved_fraction(self) -> float:
        """Share of the tokens that is saved."""
        return 1 - self.num_tokens_after / max(1, self.num_tokens_before)


def require_same_ids(old: Speller, new: Speller) -> None:
    """DataError when an old piece has lost its id."""
    moved = [p for p, index in old.vocabulary.items() if new.vocabulary.get(p) != index]
    if moved:
        raise DataError(
            f"{len(moved):,} pieces would have changed their ids, {moved[0]!r} among them; the "
            "tokenizer is of a kind that cannot be enlarged.",
        )


def compare(old: Speller, new: Speller, texts: Iterable[str]) -> Comparison:
    """Cut every line of the texts by both; DataError when a line changed without a new piece."""
    new_ids = set(new.vocabulary.values()) - set(old.vocabulary.values())
    lines = (line for text in texts for line in text.splitlines() if line.strip())
    num_lines = without = num_bytes = before = after = 0
    while batch := list(islice(lines, _BATCH_LINES)):
        pairs = zip(batch, _ids(old.tokenizer, batch), _ids(new.tokenizer, batch), strict=True)
        for line, ids_before, ids_after in pairs:
            num_lines += 1
            num_bytes += len(line.encode())
            before += len(ids_before)
            after += len(ids_after)
            if not new_ids.isdisjoint(ids_after):
                continue
            without += 1
            if ids_before != ids_after:
                raise DataError(
                    f"The line {line[:60]!r} would be cut in another way, though it holds no new "
                    "piece; the tokenizer is of a kind that cannot be enlarged.",
                )
    return Comparison(num_lines, without, num_bytes, before, after)


def _ids(tokenizer: tokenizers.Tokenizer, lines: list[str]) -> list[list[int]]:
    encoded = tokenizer.encode_batch_fast(lines, add_special_tokens=False)
    return [encoding.ids for encoding in encoded]
