"""What the verb ``tokenizer`` is asked: a byte-level BPE of which size, from which corpus."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.planning.machine import num_cores
from training.specs.base import Spec, option

#: Always the first special token, hence id 0: it ends every document.
END_OF_TEXT = "<|endoftext|>"
NUM_BYTES = 256


class TokenizerSpec(Spec):
    """Byte-level BPE (Sennrich 2016, Radford 2019): every text can be written, none is unknown."""

    verb = "tokenizer"

    corpus: str = option(
        title="Corpus", help="Folder of a cleaned corpus.", artifact="corpus", min_length=1
    )
    vocab_size: int = option(
        8_192,
        title="Vocabulary size",
        help="Special tokens, 256 bytes and merges; 257 is bytes alone.",
        unit="pieces",
        recommended=(1_000, 128_000),
        ge=NUM_BYTES + 1,
        le=1_000_000,
    )
    allow_smaller: bool = option(
        False,
        title="Accept a smaller one",
        help="When the corpus has fewer merges than asked for, take those it has.",
    )
    min_frequency: int = option(
        2,
        title="Least frequency",
        help="A merge must be seen so often.",
        unit="times",
        ge=1,
        group="advanced",
    )
    split_digits: bool = option(
        True,
        title="Split digits",
        help="Every digit is a piece of its own (LLaMA), which helps arithmetic.",
    )
    extra_special_tokens: list[str] = option(
        factory=list,
        title="More special tokens",
        help=f"After {END_OF_TEXT}, for chat templates and the like.",
        group="advanced",
    )
    max_training_bytes: int = option(
        1_000_000_000,
        title="Text to learn from",
        help="Documents are taken in order up to this much text.",
        unit="bytes",
        ge=1,
        group="advanced",
    )
    num_threads: int = option(
        0, title="Threads", help="0 takes the cores.", ge=0, le=256, group="advanced"
    )

    @property
    def special_tokens(self) -> list[str]:
        """All special tokens; their ids are 0, 1, 2 ..."""
        return [END_OF_TEXT, *self.extra_special_tokens]

    @property
    def smallest_vocab_size(self) -> int:
        """Without any merge."""
        return NUM_BYTES + len(self.special_tokens)

    def problems(self) -> Iterator[Problem]:
        """Special tokens are distinct and fit beside the 256 bytes."""
        for index, token in enumerate(self.extra_special_tokens):
            if not token.strip() or token in self.special_tokens[: index + 1]:
                yield Problem(
                    f"extra_special_tokens.{index}",
                    "is blank or given twice",
                    got=repr(token),
                    expected="distinct texts such as <|user|>",
                )
        if self.vocab_size < self.smallest_vocab_size:
            yield Problem(
                "vocab_size",
                "leaves no room for 256 bytes and the special tokens",
                got=str(self.vocab_size),
                expected=f"at least {self.smallest_vocab_size}",
                fix=(("vocab_size", self.smallest_vocab_size),),
            )

    def resolve(self) -> TokenizerSpec:
        """Set the number of threads."""
        return self.replace(num_threads=self.num_threads or num_cores())
