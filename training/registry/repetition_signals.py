"""Signals of repetition within a document: lines, paragraphs, runs of words."""

from __future__ import annotations

from training.registry.row import table
from training.registry.signal_row import SignalRow, signal

_NUMBERS = {
    2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine",
    10: "ten",
}  # fmt: skip


def _top(size: int) -> SignalRow:
    return signal(
        f"top_{size}gram_share",
        f"Share of text in the top {size}-gram",
        "repetition",
        f"Characters of the most frequent run of {_NUMBERS[size]} words times how often it comes, "
        "over characters of all words; of equally frequent runs the longest, at most 1, and 0 "
        "where none comes twice. White space and punctuation count nowhere.",
        others=f"RedPajama-V2 (rps_doc_frac_chars_top_{size}gram) has the same measure on its own "
        f"words; DataTrove (top_{size}_gram) divides by the whole text and lets a run that comes "
        "once count, so short texts trip it.",
    )


def _repeated(size: int) -> SignalRow:
    return signal(
        f"repeated_{size}gram_share",
        f"Share of text in repeated {size}-grams",
        "repetition",
        f"Characters of words that a run of {_NUMBERS[size]} words covers which stood earlier in "
        "the text, over characters of all words. Each word counts once; the first copy is free.",
        others=f"DataTrove (duplicated_{size}_n_grams) jumps over the copy and divides by the "
        f"whole text; RedPajama-V2 (rps_doc_frac_chars_dupe_{size}grams) counts the first copy "
        "too.",
    )


REPETITION_SIGNALS = table(
    signal(
        "repetition_rate", "Repetition rate", "repetition",
        "1 - different runs of five words / all runs of five words; 0 below five words. Each "
        "Chinese character is a word, capitals do not matter.",
    ),
    signal(
        "duplicate_line_fraction", "Fraction of repeated lines", "repetition",
        "Lines that equal an earlier line, over lines.",
        others="DataTrove (dup_line_frac) keeps white space at the ends of lines; Dolma counts "
        "the first copy too.",
    ),
    signal(
        "duplicate_line_character_share", "Share of text in repeated lines", "repetition",
        "Characters of lines that equal an earlier line, over characters of all lines.",
        others="DataTrove's Gopher rule (dup_line_char_frac) divides by the whole text, its "
        "FineWeb rule (char_dup_ratio) by the text without line feeds.",
    ),
    signal(
        "duplicate_paragraph_fraction", "Fraction of repeated paragraphs", "repetition",
        "Paragraphs (runs of lines between blank ones) that equal an earlier one, over "
        "paragraphs.",
        others="DataTrove (dup_para_frac) takes a line of white space for no blank line.",
    ),
    signal(
        "duplicate_paragraph_character_share", "Share of text in repeated paragraphs",
        "repetition",
        "Characters of paragraphs that equal an earlier one, over characters of all paragraphs.",
        others="DataTrove (dup_para_char_frac) divides by the whole text.",
    ),
    *(_top(size) for size in (2, 3, 4)),
    *(_repeated(size) for size in range(5, 11)),
)  # fmt: skip
