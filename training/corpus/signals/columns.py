"""Columns of what the kernels count in one pass; apart from them, because they load numba."""

from __future__ import annotations

#: Of tokens, raw words and lines (`character_kernels`); the last two are of the line being read.
(
    TOKENS, LETTERED_TOKENS, LONGEST_TOKEN, RAW_WORDS, CAPITAL_WORDS, LETTERLESS_WORDS, SENTENCES,
    RICH_LINES, UPPERCASE_LINES, DIGIT_LINES, LINE_TOKENS, LINE_CHARACTERS, NUM_RUN_COLUMNS,
) = range(13)  # fmt: skip

#: Of lines and paragraphs (`line_kernels`). Both begin with: how many, their characters, repeated
#: ones, the characters of these.
LINES, LINE_SIZES, REPEATED_LINES, REPEATED_LINE_SIZES = range(4)
PARAGRAPHS, PARAGRAPH_SIZES, REPEATED_PARAGRAPHS, REPEATED_PARAGRAPH_SIZES = range(4, 8)
(
    BULLET_LINES, ELLIPSIS_LINES, SHORT_LINES, ENDED_LINES, COMMENT_LINES, POLICY_LINES,
    JAVASCRIPT_LINES, SPEAKER_LINES, TURNS, SPEAKERS, LONGEST, SECOND, THIRD, LOREM_IPSUMS,
    ELLIPSES, URL_CHARACTERS, XML_HEADER, NUM_LINE_COLUMNS,
) = range(8, 26)  # fmt: skip
