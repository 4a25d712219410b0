"""Choices of a tokenizer: kind of model, cuts, normal forms, special tokens and their roles."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, option

#: Ends every document; the first special token of BPE and Unigram, hence id 0.
END_OF_TEXT = "<|endoftext|>"


class TokenizerKind(StrEnum):
    """How pieces are found."""

    BPE = "bpe"
    WORDPIECE = "wordpiece"
    UNIGRAM = "unigram"


class PreTokenizer(StrEnum):
    """Where text is cut before pieces are looked for; no piece lies across such a cut."""

    AUTO = "auto"
    GPT2 = "gpt2"
    CL100K = "cl100k"
    O200K = "o200k"
    BERT = "bert"
    WHITESPACE = "whitespace"


class Digits(StrEnum):
    """How many digits may share a piece."""

    AUTO = "auto"
    ONE = "one"
    THREE = "three"
    WHOLE = "whole"


class Han(StrEnum):
    """What becomes of Chinese characters, which no space divides."""

    AUTO = "auto"
    TOGETHER = "together"
    CHARACTERS = "characters"
    WORDS = "words"


class UnicodeForm(StrEnum):
    """Which of several spellings of a character is kept."""

    NONE = "none"
    NFC = "nfc"
    NFKC = "nfkc"


class NormalizerPart(Part):
    """What is done to text before it is cut; what is lost here never comes back when decoding."""

    unicode_form: UnicodeForm = option(
        UnicodeForm.NONE,
        title="Unicode form",
        help="nfc writes composed characters; nfkc also full-width letters, ligatures and the like "
        "as plain ones.",
    )
    lower_case: bool = option(
        False, title="Lower case", help="Capitals are lost, as in BERT uncased."
    )
    strip_accents: bool = option(
        False, title="Strip accents", help="An é becomes an e; the rest is composed (nfc)."
    )


class SpecialTokensPart(Part):
    """Special tokens by role; empty takes what is usual for the kind, which may be none."""

    end_of_text: str = option(
        "",
        title="End of text",
        help=f"Ends every document. Empty: {END_OF_TEXT}, for WordPiece [SEP].",
        max_length=100,
    )
    padding: str = option(
        "",
        title="Padding",
        help="Fills short rows. Empty: the end of text, for WordPiece [PAD].",
        max_length=100,
    )
    unknown: str = option(
        "",
        title="Unknown",
        help="Stands for what cannot be written. Empty: none for BPE, [UNK] for WordPiece, <unk> "
        "for Unigram.",
        max_length=100,
    )
    classification: str = option(
        "",
        title="Classification",
        help="Begins a text of an encoder. Empty: none, for WordPiece [CLS].",
        max_length=100,
    )
    separator: str = option(
        "",
        title="Separator",
        help="Stands between two texts. Empty: none, for WordPiece [SEP].",
        max_length=100,
    )
    mask: str = option(
        "",
        title="Mask",
        help="Hides a token that is to be guessed (masked language model). Empty: none, for "
        "WordPiece [MASK].",
        max_length=100,
    )
    beginning: str = option(
        "",
        title="Beginning",
        help="Begins a text. Empty: the end of text, for WordPiece the classification token.",
        max_length=100,
    )

    def problems(self) -> Iterator[Problem]:
        """No blanks: such a token would be seen by nobody."""
        for role in type(self).model_fields:
            text = getattr(self, role)
            if text and (not text.strip() or "\n" in text):
                yield Problem(role, "is blank or has a line end", got=repr(text))


_WORDPIECE = {
    "end_of_text": "[SEP]", "padding": "[PAD]", "unknown": "[UNK]", "classification": "[CLS]",
    "separator": "[SEP]", "mask": "[MASK]", "beginning": "[CLS]",
}  # fmt: skip
_BPE = {"end_of_text": END_OF_TEXT, "padding": END_OF_TEXT, "beginning": END_OF_TEXT}
_USUAL = {
    TokenizerKind.BPE: _BPE,
    TokenizerKind.WORDPIECE: _WORDPIECE,
    TokenizerKind.UNIGRAM: {**_BPE, "unknown": "<unk>"},
}
#: In this order they get their ids; BERT's own begin with padding.
_ORDER = (
    "end_of_text", "padding", "unknown", "classification", "separator", "mask", "beginning",
)  # fmt: skip
_ORDER_WORDPIECE = (*_ORDER[1:6], "end_of_text", "beginning")
#: Role here -> role in transformers.
_TRANSFORMERS = {
    "beginning": "bos_token", "end_of_text": "eos_token", "padding": "pad_token",
    "unknown": "unk_token", "classification": "cls_token", "separator": "sep_token",
    "mask": "mask_token",
}  # fmt: skip


def named_special_tokens(kind: TokenizerKind, part: SpecialTokensPart) -> dict[str, str]:
    """{role: token} of the roles that there are, in the order of their ids."""
    usual = dict(_USUAL[kind])
    # What is usually the same token stays the same when one of them is renamed.
    if part.separator and kind == TokenizerKind.WORDPIECE:
        usual["end_of_text"] = part.separator
    if part.classification and kind == TokenizerKind.WORDPIECE:
        usual["beginning"] = part.classification
    if part.end_of_text and kind != TokenizerKind.WORDPIECE:
        usual |= {"padding": part.end_of_text, "beginning": part.end_of_text}
    order = _ORDER_WORDPIECE if kind == TokenizerKind.WORDPIECE else _ORDER
    found = {role: getattr(part, role) or usual.get(role, "") for role in order}
    return {role: token for role, token in found.items() if token}


def transformers_roles(named: dict[str, str]) -> dict[str, str]:
    """The same as transformers calls them, in its order: {"bos_token": ...}."""
    return {theirs: named[ours] for ours, theirs in _TRANSFORMERS.items() if ours in named}
