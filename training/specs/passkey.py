"""Passkey recall (Mohtashami and Jaggi 2023): a number said once in a long text of filler."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Part, option

#: Introduction, key, question and answer take about so many tokens of a byte-pair tokenizer.
LEAST_LENGTH = 32


class PasskeyPart(Part):
    """At which lengths, and at which depths of the text, the number is asked for."""

    is_on: bool = option(False, title="Passkeys", help="Measure recall by length and depth.")
    lengths: list[int] = option(
        factory=list,
        title="Lengths",
        help="Tokens of the whole text; none takes an eighth, a quarter, a half and the whole of "
        "the model's context.",
        max_length=32,
        shown_if=("is_on",),
    )
    num_depths: int = option(
        5,
        title="Depths",
        help="Places of the number, evenly from the start of the text to its end.",
        ge=1,
        le=101,
        shown_if=("is_on",),
    )
    num_keys: int = option(
        10,
        title="Numbers",
        help="Different numbers at each length and depth.",
        unit="numbers",
        recommended=(5, 100),
        ge=1,
        le=10_000,
        shown_if=("is_on",),
    )
    num_digits: int = option(
        5,
        title="Digits",
        help="Of a number.",
        ge=1,
        le=20,
        group="advanced",
        shown_if=("is_on",),
    )
    filler: str = option(
        "",
        title="Filler",
        help="Text that is repeated around the number; empty takes the usual English sentences.",
        max_length=10_000,
        group="advanced",
        shown_if=("is_on",),
    )
    seed: int = option(
        0,
        title="Seed",
        help="Of the numbers.",
        ge=0,
        le=2**31 - 1,
        group="advanced",
        shown_if=("is_on",),
    )

    def problems(self) -> Iterator[Problem]:
        """Lengths that hold no text."""
        for index, length in enumerate(self.lengths):
            if not LEAST_LENGTH <= length <= 10_000_000:
                yield Problem(
                    f"lengths.{index}",
                    "is no length of a text with a number in it",
                    got=str(length),
                    expected=f"{LEAST_LENGTH} to 10,000,000 tokens",
                )
