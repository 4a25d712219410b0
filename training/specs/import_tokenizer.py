"""What the verb ``import_tokenizer`` is asked: whose tokenizer to take over, without a model."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Spec, option


class RanksPattern(StrEnum):
    """Where text is cut before ranks are looked at."""

    AUTO = "auto"
    GPT2 = "gpt2"
    CL100K = "cl100k"
    O200K = "o200k"
    OWN = "own"


class ImportTokenizerSpec(Spec):
    """Take over a tokenizer: tokenizer.json, a SentencePiece model or ranks of tiktoken."""

    verb = "import_tokenizer"
    path_fields = ("path",)

    upload: str = option(
        "",
        title="Upload",
        help="tokenizer.json (with its tokenizer_config.json, if there is one), a SentencePiece "
        "file (*.model), or a file of ranks (*.tiktoken); a zip or tar of them too.",
        artifact="upload",
    )
    path: str = option(
        "",
        title="Folder or file",
        help="Instead of an upload: a folder or one of these files on this machine. A relative "
        "path begins at the file of settings.",
    )
    file: str = option(
        "",
        title="File",
        help="Which one, when there are several; empty takes tokenizer.json first.",
        group="advanced",
    )
    end_of_text: str = option(
        "",
        title="End of text",
        help="The special token that ends a document; empty takes the one that the files name.",
        max_length=200,
    )
    pattern: RanksPattern = option(
        RanksPattern.AUTO,
        title="Pattern",
        help="For ranks, which do not say where text is cut: gpt2, cl100k (GPT-4), o200k (GPT-4o), "
        "or a regular expression of your own. auto knows the files of these models by their size.",
    )
    regex: str = option(
        "",
        title="Regular expression",
        help="For the pattern own, as tiktoken takes it (pat_str).",
        max_length=2_000,
        shown_if=("pattern", RanksPattern.OWN),
    )
    special_tokens: list[str] = option(
        factory=list,
        title="Special tokens",
        help="For ranks, as token or token=id; without an id they follow the ranks. Empty takes "
        "those of the known models, else <|endoftext|>.",
        group="advanced",
    )
    title: str = option(
        "",
        title="Name of the tokenizer",
        help="Empty takes the name of the upload or file.",
        max_length=120,
    )

    def problems(self) -> Iterator[Problem]:
        """Exactly one source; a regular expression exactly for the pattern own."""
        if bool(self.upload) == bool(self.path):
            yield Problem(
                "upload" if self.path else "path",
                "name an upload or a path" if not self.path else "is named beside a path",
                got="both" if self.path else "nothing",
                expected="one of the two",
                hint="Upload the tokenizer's files and choose that upload.",
            )
        if (self.pattern == RanksPattern.OWN) != bool(self.regex):
            yield Problem(
                "regex",
                "is needed for the pattern own" if not self.regex else "goes with the pattern own",
                got=repr(self.regex),
                expected="a regular expression and the pattern own, or neither",
            )
        seen: set[str] = set()
        for index, entry in enumerate(self.special_tokens):
            token, number = split_entry(entry)
            if not token.strip() or token in seen or (number is not None and number < 0):
                yield Problem(
                    f"special_tokens.{index}",
                    "is blank or given twice",
                    got=repr(entry),
                    expected="distinct texts such as <|user|> or <|user|>=50257",
                )
            seen.add(token)


def split_entry(entry: str) -> tuple[str, int | None]:
    """(token, its id) of ``token=id``; without a number after "=" the whole is the token."""
    token, equals, number = entry.rpartition("=")
    if equals and token and number.isascii() and number.isdigit() and len(number) < 10:
        return token, int(number)
    return entry, None
