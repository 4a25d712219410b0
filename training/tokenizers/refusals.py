"""Sizes of a vocabulary that a corpus cannot give, as sentences with the size it can."""

from __future__ import annotations

from training.errors import Problem, SpecError
from training.specs.tokenizer import TokenizerSpec
from training.specs.tokenizer_parts import TokenizerKind


def too_large(spec: TokenizerSpec, reached: int) -> SpecError:
    """The sentence for a vocabulary larger than the corpus supports."""
    what = {
        TokenizerKind.BPE: f"no more pairs occur {spec.min_frequency} times",
        TokenizerKind.WORDPIECE: f"no more pieces occur {spec.min_frequency} times",
    }.get(spec.kind, "no more pieces occur twice")
    return SpecError(
        [
            Problem(
                "vocab_size",
                f"is larger than the corpus supports: {what}",
                got=f"{spec.vocab_size:,}",
                expected=f"at most {reached:,}",
                hint="Take a smaller vocabulary or more text, or set allow_smaller.",
                fix=(("vocab_size", reached),),
            )
        ]
    )


def too_small(spec: TokenizerSpec, needed: int) -> SpecError:
    """The sentence for a vocabulary that is filled by single characters."""
    return SpecError(
        [
            Problem(
                "vocab_size",
                "leaves no room for the characters of the corpus",
                got=f"{spec.vocab_size:,}",
                expected=f"at least {needed:,}",
                hint="Take a larger vocabulary, or lower character_coverage.",
                fix=(("vocab_size", needed),),
            )
        ]
    )
