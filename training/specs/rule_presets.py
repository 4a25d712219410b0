"""Whole rule sets by name; the table is ``training.registry.RULE_PRESETS``.

A preset switches on what it names and everything else off, exact duplicates apart (all of them
want these gone). Chinese cuts are FineWeb-2's for cmn_Hani where our definition is near theirs;
counts are by character here, so lengths are our own. Its cut of the language score is one of
GlotLID, another model than ours: the share of Han characters stands in for it. C4's and mC4's rules
on lines are transforms (`training.specs.transform`); here stand those on documents. Code follows
The Stack and StarCoder. Sets without a source above them are our own: stricter Chinese, books,
dialogues.
"""

from __future__ import annotations

from typing import Any

from training.specs.rules import RulesPart


def rule_set(**thresholds: dict[str, Any]) -> RulesPart:
    """The named rules on, with these thresholds; of the others only exact duplicates."""
    chosen: dict[str, dict[str, Any]] = {name: {"is_on": False} for name in RulesPart.model_fields}
    chosen["exact_duplicates"] = {"is_on": True}
    chosen |= {name: {"is_on": True, **values} for name, values in thresholds.items()}
    return RulesPart.model_validate(chosen)


def _phrases(top: tuple[float, ...], repeated: tuple[float, ...]) -> dict[str, dict[str, Any]]:
    """Cuts for the most frequent runs of 2 to 4 words, and for repeated runs of 5 to 10."""
    cuts = {f"top_{size}grams": cut for size, cut in enumerate(top, start=2)}
    cuts |= {f"repeated_{size}grams": cut for size, cut in enumerate(repeated, start=5)}
    return {name: {"at_most": cut} for name, cut in cuts.items()}


_REPETITION = _phrases((0.20, 0.18, 0.16), (0.15, 0.14, 0.13, 0.12, 0.11, 0.10))
_QUALITY: dict[str, dict[str, Any]] = {
    "word_count": {"at_least": 50, "at_most": 100_000},
    "mean_word_length": {"at_least": 3, "at_most": 10},
    "alphabetic_words": {"at_least": 0.80},
    "distinct_stop_words": {"at_least": 2},
    "symbols": {"at_most": 0.10},
    "bullet_lines": {"at_most": 0.90},
    "ellipsis_lines": {"at_most": 0.30},
}

ENGLISH_GOPHER = rule_set(
    **_QUALITY,
    duplicate_lines={"at_most": 0.30},
    duplicate_line_characters={"at_most": 0.20},
    duplicate_paragraphs={"at_most": 0.30},
    duplicate_paragraph_characters={"at_most": 0.20},
    **_REPETITION,
)

#: C4's rules that drop a document; FineWeb runs them too.
_C4: dict[str, dict[str, Any]] = {
    "sentences": {"at_least": 5},
    "curly_brackets": {"at_most": 0.0},
    "lorem_ipsum": {"at_most": 0},
}

C4 = rule_set(**_C4)

ENGLISH_WEB = rule_set(
    language={"languages": ["en"], "at_least": 0.65},
    **_QUALITY,
    **_C4,
    short_lines={"at_most": 0.67},
    ended_lines={"at_least": 0.12},
    newlines={"at_most": 0.30},
    duplicate_lines={"at_most": 0.30},
    # FineWeb's own cut is 0.01 of the characters; it replaces Gopher's 0.20.
    duplicate_line_characters={"at_most": 0.01},
    duplicate_paragraphs={"at_most": 0.30},
    duplicate_paragraph_characters={"at_most": 0.20},
    **_REPETITION,
)

CHINESE_WEB = rule_set(
    # A sentence of 20 words is some 35 characters.
    word_count={"at_least": 80, "at_most": 200_000},
    alphabetic_words={"at_least": 0.735},
    stop_words={"at_least": 0.06},
    distinct_stop_words={"at_least": 2},
    symbols={"at_most": 0.10},
    han={"at_least": 0.50},
    bullet_lines={"at_most": 0.90},
    ellipsis_lines={"at_most": 0.30},
    ended_lines={"at_least": 0.106},
    newlines={"at_most": 0.178},
    duplicate_lines={"at_most": 0.287},
    duplicate_line_characters={"at_most": 0.10},
    # Phrases of two to four characters are ordinary words, so these cuts are theirs one step up.
    **_phrases((0.256, 0.201, 0.171), (0.198, 0.182, 0.167, 0.154, 0.140, 0.127)),
)

#: Continuous prose alone: the same rules with closer cuts, and what Chinese pages suffer from most,
#: markup, numbers, menus and templates.
CHINESE_STRICT = rule_set(
    word_count={"at_least": 200, "at_most": 200_000},
    alphabetic_words={"at_least": 0.80},
    stop_words={"at_least": 0.10},
    distinct_stop_words={"at_least": 4},
    sentences={"at_least": 5},
    special_characters={"at_most": 0.25},
    symbols={"at_most": 0.02},
    digits={"at_most": 0.08},
    han={"at_least": 0.70},
    urls={"at_most": 0.05},
    bullet_lines={"at_most": 0.50},
    ellipsis_lines={"at_most": 0.10},
    ended_lines={"at_least": 0.30},
    newlines={"at_most": 0.10},
    repetition={"at_most": 0.30},
    duplicate_lines={"at_most": 0.10},
    duplicate_line_characters={"at_most": 0.05},
    **_phrases((0.20, 0.18, 0.16), (0.15, 0.14, 0.13, 0.12, 0.11, 0.10)),
)

BOOKS = rule_set(
    word_count={"at_least": 2_000, "at_most": 1_000_000_000},
    mean_word_length={"at_least": 3, "at_most": 10},
    alphabetic_words={"at_least": 0.80},
    distinct_stop_words={"at_least": 2},
    entropy={"at_least": 4.5},
    special_characters={"at_most": 0.15},
    white_space={"at_most": 0.35},
    symbols={"at_most": 0.05},
    digits={"at_most": 0.10},
    uppercase_lines={"at_most": 0.20},
    urls={"at_most": 0.02},
    bullet_lines={"at_most": 0.50},
    ellipsis_lines={"at_most": 0.30},
    repetition={"at_most": 0.30},
    duplicate_lines={"at_most": 0.30},
    duplicate_line_characters={"at_most": 0.10},
    **_REPETITION,
)

CODE = rule_set(
    letters={"at_least": 0.25},
    alphanumeric={"at_least": 0.25},
    line_count={"at_least": 10, "at_most": 20_000},
    longest_line={"at_most": 1_000},
    line_length={"at_least": 0, "at_most": 100},
    comments={"at_least": 0.01, "at_most": 0.80},
    xml_header={"at_most": 0},
    # Programs repeat themselves; only what a loop has written goes.
    repetition={"at_most": 0.80},
)

CHAT = rule_set(
    word_count={"at_least": 20, "at_most": 100_000},
    speaker_lines={"at_least": 0.50},
    turns={"at_least": 4},
    speakers={"at_least": 2, "at_most": 16},
    special_characters={"at_most": 0.35},
    urls={"at_most": 0.20},
    repetition={"at_most": 0.60},
    duplicate_lines={"at_most": 0.30},
)

GENTLE = rule_set(
    word_count={"at_least": 10, "at_most": 1_000_000_000},
    repetition={"at_most": 0.80},
    duplicate_lines={"at_most": 0.50},
    repeated_5grams={"at_most": 0.50},
)

OFF = rule_set(exact_duplicates={"is_on": False})
