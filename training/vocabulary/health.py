"""Whether a tokenizer fits what is to be learnt: doubts with the number and the remedy. No numpy.

The story behind it: a week of fine-tuning with a flat loss, because the tokenizer wrote the corpus
byte by byte. Judged by the figures that tokenizing left in the store, so a page can ask at once.

Bars of tokens per word: fertility of tokenizers made for their language is 1.1 to 1.9 (Rust 2021,
Acs 2019); a bar stands where a tokenizer made for other languages begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.errors import DataError, Problem
from training.folder.atomic import read_json

FIT_FILE = "fit.json"

#: Tokens per word from which a language counts as shredded; each character of a script without
#: spaces is a word.
BARS = {
    "en": 1.9, "fr": 2.3, "es": 2.3, "it": 2.3, "pt": 2.3, "nl": 2.3, "sv": 2.4, "da": 2.4,
    "no": 2.4, "zh": 1.1, "wuu": 1.1, "yue": 1.1, "ja": 1.1, "th": 0.9, "lo": 0.9, "my": 0.9,
    "km": 0.9,
}  # fmt: skip
_OTHER_BAR = 3.0
_AMOUNTS = ("num_bytes", "words", "characters", "tokens", "unknown", "partial")
#: Languages of less are noise of the identification.
_LEAST_SHARE, _LEAST_WORDS = 0.02, 500
_MOST_UNKNOWN = 0.001
_MOST_PARTIAL = 0.05
#: The row of a piece that is seen less often is hardly better than random.
_LEAST_TOKENS_PER_PIECE = 50
_MOST_UNUSED = 0.3
_EXTEND = "Extend the tokenizer with words of this text (extend_tokenizer)"
_RESIZE = "give the base rows for them (resize_embeddings)"


def read_fit(store: Path) -> dict[str, Any] | None:
    """The figures of a token store; None of stores that were written before there were any."""
    try:
        data = read_json(store / FIT_FILE)
    except DataError:
        return None
    rows = data.get("by_language") if isinstance(data, dict) else None
    is_ours = isinstance(rows, dict) and all(map(_is_whole, rows.values()))
    return data if is_ours else None


def health(fit: dict[str, Any], *, has_base: bool, field: str = "tokens") -> Iterator[Problem]:
    """What is doubtful of tokens: told at ``field``. With a base its vocabulary is as it is."""
    remedy = f"{_EXTEND} and {_RESIZE}" if has_base else f"{_EXTEND}, or train one on this text"
    yield from _shredded(fit, field, remedy)
    total = totals(fit)
    if over(total["unknown"], total["tokens"]) > _MOST_UNKNOWN:
        share = f"{over(total['unknown'], total['tokens']):.2%}"
        yield Problem(
            field,
            f"{share} of the tokens are unknown: the tokenizer has no piece for that text, and the "
            "model will not see it",
            hint=f"Accepted without a warning: up to {_MOST_UNKNOWN:.1%}. Take a byte-level "
            "tokenizer or one with byte fallback, or extend this one.",
        )
    if over(total["partial"], total["tokens"]) > _MOST_PARTIAL:
        share = f"{over(total['partial'], total['tokens']):.1%}"
        yield Problem(
            field,
            f"{share} of the tokens hold only a part of a character: that text is spelled out byte "
            "by byte, which is slow to learn",
            hint=f"Accepted without a warning: up to {_MOST_PARTIAL:.0%}. {remedy}.",
        )
    if not has_base:
        yield from _too_large(fit, field)


def _is_whole(row: Any) -> bool:
    return isinstance(row, dict) and all(isinstance(row.get(name), int) for name in _AMOUNTS)


def totals(fit: dict[str, Any]) -> dict[str, int]:
    """Amounts over all languages."""
    rows = list(fit["by_language"].values())
    return {name: sum(int(row[name]) for row in rows) for name in _AMOUNTS}


def over(part: float, whole: float) -> float:
    """part / whole; 0 where there is no whole."""
    return part / whole if whole else 0.0


def bar_of(language: str) -> float:
    """Tokens per word from which a language counts as shredded."""
    return BARS.get(language, _OTHER_BAR)


def _shredded(fit: dict[str, Any], field: str, remedy: str) -> Iterator[Problem]:
    num_bytes = totals(fit)["num_bytes"]
    for language, row in fit["by_language"].items():
        share, per_word = over(row["num_bytes"], num_bytes), over(row["tokens"], row["words"])
        is_told = share >= _LEAST_SHARE and row["words"] >= _LEAST_WORDS
        if not is_told or per_word <= bar_of(language):
            continue
        per_character = over(row["tokens"], row["characters"])
        yield Problem(
            field,
            f"the tokenizer shreds the text in {language or 'no language'} ({share:.0%} of all): "
            f"{per_word:.2f} tokens per word, {per_character:.2f} per character",
            hint=f"Accepted without a warning: up to {bar_of(language):g} per word. {remedy}.",
        )


def _too_large(fit: dict[str, Any], field: str) -> Iterator[Problem]:
    size, tokens, used = (int(fit.get(n, 0)) for n in ("vocab_size", "train_tokens", "pieces_used"))
    per_piece, unused = over(tokens, size), 1 - over(used, size)
    if size and per_piece < _LEAST_TOKENS_PER_PIECE:
        yield Problem(
            field,
            f"the vocabulary is larger than the text can train: {tokens:,} tokens for {size:,} "
            f"pieces are {per_piece:.0f} for each",
            hint=f"Accepted without a warning: {_LEAST_TOKENS_PER_PIECE} or more. Take a smaller "
            "vocabulary or more text.",
        )
    elif size and unused > _MOST_UNUSED:
        yield Problem(
            field,
            f"{size - used:,} of the {size:,} pieces never occur in the training text, so their "
            "rows stay random",
            hint=f"Accepted without a warning: up to {_MOST_UNUSED:.0%}. Train a tokenizer on this "
            "text, or take more text.",
        )
