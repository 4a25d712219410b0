"""Regular expressions that cut text into words before BPE, with digits and Chinese as asked.

The patterns of GPT-2 (Radford 2019), of GPT-4 (cl100k) and of GPT-4o (o200k) as tokenizers and
tiktoken both understand them; our own loops cut by them too (``bpe.cuts``). In every one a single
space goes with the word that follows it.
"""

from __future__ import annotations

from collections.abc import Callable

from training.specs.tokenizer_parts import Digits, PreTokenizer

#: Up to three digits from the left.
IN_THREES = r"\p{N}{1,3}"
_CONTRACTIONS = r"'(?:[sdmt]|ll|ve|re)"
_CONTRACTIONS_ANY_CASE = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_SPACES = r"\s+(?!\S)|\s+"
_LINES = r"\s*[\r\n]+"
_LETTERS, _NUMBERS = r"\p{L}", r"\p{N}"
_OTHERS = r"^\s\p{L}\p{N}"
_NO_LETTER = r"^\r\n\p{L}\p{N}"
_UPPER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}"
_LOWER = r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
#: What ``ByteLevel`` of tokenizers cuts at.
GPT2 = rf"{_CONTRACTIONS}| ?\p{{L}}+| ?\p{{N}}+| ?[^\s\p{{L}}\p{{N}}]+|{_SPACES}"


def word_pattern(kind: PreTokenizer, digits: Digits, *, is_han_apart: bool) -> str:
    """The pattern whose matches are the words of a text; they cover it whole."""
    not_han = r"&&[^\p{Han}]" if is_han_apart else ""
    han = r"\p{Han}|" if is_han_apart else ""
    return han + _PATTERNS[kind](digits, not_han)


def _gpt2(digits: Digits, not_han: str) -> str:
    number = ("" if digits != Digits.WHOLE else " ?") + _number(digits, not_han)
    letters, others = _of(_LETTERS, not_han), _of(_OTHERS, not_han)
    return rf"{_CONTRACTIONS}| ?{letters}+|{number}| ?{others}+|{_SPACES}"


def _cl100k(digits: Digits, not_han: str) -> str:
    letters, others = _of(_LETTERS, not_han), _of(_OTHERS, not_han)
    before = _of(_NO_LETTER, not_han)
    return (
        rf"{_CONTRACTIONS_ANY_CASE}|{before}?{letters}+|{_number(digits, not_han)}"
        rf"| ?{others}+[\r\n]*|{_LINES}|{_SPACES}"
    )


def _o200k(digits: Digits, not_han: str) -> str:
    before, others = _of(_NO_LETTER, not_han), _of(_OTHERS, not_han)
    upper, lower = _of(_UPPER, not_han), _of(_LOWER, not_han)
    return (
        rf"{before}?{upper}*{lower}+{_CONTRACTIONS_ANY_CASE}?"
        rf"|{before}?{upper}+{lower}*{_CONTRACTIONS_ANY_CASE}?"
        rf"|{_number(digits, not_han)}| ?{others}+[\r\n/]*|{_LINES}|{_SPACES}"
    )


def _bert(digits: Digits, not_han: str) -> str:
    number = "" if digits == Digits.WHOLE else rf"{_number(digits, not_han)}|"
    words = r"^\s\p{P}\p{S}" + ("" if digits == Digits.WHOLE else _NUMBERS)
    marks = _of(r"\p{P}\p{S}", not_han)
    return rf"{number} ?{_of(words, not_han)}+| ?{marks}|{_SPACES}"


def _whitespace(digits: Digits, not_han: str) -> str:
    number = "" if digits == Digits.WHOLE else rf"{_number(digits, not_han)}|"
    words = r"^\s" + ("" if digits == Digits.WHOLE else _NUMBERS)
    return rf"{number} ?{_of(words, not_han)}+|{_SPACES}"


def _number(digits: Digits, not_han: str) -> str:
    most = {Digits.ONE: "", Digits.THREE: "{1,3}"}.get(digits, "+")
    return f"{_of(_NUMBERS, not_han)}{most}"


def _of(characters: str, not_han: str) -> str:
    """A class of characters, without those of Chinese where they stand apart."""
    # What is not among them is taken out of the whole class: "^" binds weaker than "&&".
    if not_han:
        return f"[[{characters}]{not_han}]"
    return characters if characters in (_LETTERS, _NUMBERS) else f"[{characters}]"


_PATTERNS: dict[PreTokenizer, Callable[[Digits, str], str]] = {
    PreTokenizer.GPT2: _gpt2,
    PreTokenizer.CL100K: _cl100k,
    PreTokenizer.O200K: _o200k,
    PreTokenizer.BERT: _bert,
    PreTokenizer.WHITESPACE: _whitespace,
}
