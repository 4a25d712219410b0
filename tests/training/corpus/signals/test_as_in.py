"""Signals that are named "as in" another system equal that system's definition on any text.

Each definition here is written from what the other system's code computes, before it rounds.
"""

from __future__ import annotations

import heapq
import re
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings

from tests.training.corpus.signals.test_kernels import TEXTS
from training.corpus.signals.batch import TextBatch
from training.registry import SIGNALS

#: NLTK's WordPunctTokenizer, with which RedPajama-V2 cuts raw words.
WORD_PUNCT = re.compile(r"\w+|[^\w\s]+", re.UNICODE | re.MULTILINE | re.DOTALL)


def ccnet_length(text: str) -> float:
    return len(text)


def rps_doc_curly_bracket(text: str) -> float:
    return (text.count("{") + text.count("}")) / len(text) if text else 0.0


def rps_doc_frac_all_caps_words(text: str) -> float:
    words = WORD_PUNCT.findall(text)
    return sum(map(str.isupper, words)) / len(words) if words else 0.0


def rps_doc_frac_no_alph_words(text: str) -> float:
    words = WORD_PUNCT.findall(text)
    with_letters = sum(re.search("[a-zA-Z]", word) is not None for word in words)
    return 1.0 - with_letters / len(words) if words else 0.0


def data_juicer_alphanumeric(text: str) -> float:
    return sum(map(str.isalnum, text)) / len(text) if text else 0.0


def curator_alphabetic(text: str) -> float:
    return sum(map(str.isalpha, text)) / len(text) if text else 0.0


def curator_longest_line(text: str) -> float:
    return max(len(line) for line in text.split("\n"))


def curator_xml_header(text: str) -> float:
    return float("<?xml version=" in text[:100])


def datatrove_third_paragraph(text: str) -> float:
    """What C4ParagraphFilter compares with 200; it drops texts of fewer than three lines."""
    lines = text.split("\n")
    return min(heapq.nlargest(3, map(len, lines))) if len(lines) >= 3 else 0


THEIRS: dict[str, Callable[[str], float]] = {
    "character_count": ccnet_length,
    "curly_bracket_share": rps_doc_curly_bracket,
    "all_caps_word_fraction": rps_doc_frac_all_caps_words,
    "letterless_word_fraction": rps_doc_frac_no_alph_words,
    "alphanumeric_share": data_juicer_alphanumeric,
    "alphabetic_share": curator_alphabetic,
    "longest_line": curator_longest_line,
    "xml_header": curator_xml_header,
    "third_longest_line": datatrove_third_paragraph,
}


def test_nothing_is_named_as_in_that_is_not_held_to_it() -> None:
    assert {name for name, row in SIGNALS.items() if row.as_in} == set(THEIRS)


#: Every signal of RedPajama-V2 that needs neither a model nor a list, and every reason for which
#: DataTrove's Gopher, C4 and FineWeb filters drop a text or a line.
REDPAJAMA = (
    "ccnet_length ccnet_nlines ccnet_language_score rps_doc_curly_bracket "
    "rps_doc_frac_all_caps_words rps_doc_frac_lines_end_with_ellipsis rps_doc_frac_no_alph_words "
    "rps_doc_lorem_ipsum rps_doc_mean_word_length rps_doc_stop_word_fraction "
    "rps_doc_symbol_to_word_ratio rps_doc_frac_unique_words rps_doc_unigram_entropy "
    "rps_doc_word_count rps_lines_ending_with_terminal_punctution_mark "
    "rps_lines_javascript_counts rps_lines_num_words rps_lines_numerical_chars_fraction "
    "rps_lines_start_with_bulletpoint rps_lines_uppercase_letter_fraction rps_doc_num_sentences "
    + " ".join(f"rps_doc_frac_chars_top_{size}gram" for size in (2, 3, 4))
    + " "
    + " ".join(f"rps_doc_frac_chars_dupe_{size}grams" for size in range(5, 11))
)
DATATROVE = (
    "gopher_short_doc gopher_long_doc gopher_below_avg_threshold gopher_too_many_hashes "
    "gopher_too_many_ellipsis gopher_too_many_bullets gopher_too_many_end_ellipsis "
    "gopher_below_alpha_threshold gopher_enough_stop_words dup_para_frac dup_para_char_frac "
    "dup_line_frac dup_line_char_frac top_2_gram top_3_gram top_4_gram too_long_word "
    "no_terminal_punc too_few_words lorem_ipsum javascript curly_bracket policy too_few_sentences "
    "C4ParagraphFilter line_punct_ratio short_line_ratio char_dup_ratio list_ratio "
    + " ".join(f"duplicated_{size}_n_grams" for size in range(5, 11))
)


@pytest.mark.parametrize("name", [*REDPAJAMA.split(), *DATATROVE.split()])
def test_every_signal_of_the_families_has_a_place_among_ours(name: str) -> None:
    told = [
        row for row in SIGNALS.values() if re.search(rf"\b{name}\b", f"{row.as_in} {row.others}")
    ]
    assert told


@settings(max_examples=200, deadline=None)
@given(texts=TEXTS)
def test_ours_equals_theirs(texts: list[str]) -> None:
    batch = TextBatch.of(texts)
    for name, define in THEIRS.items():
        ours = SIGNALS[name].load()(batch).tolist()
        assert ours == pytest.approx([define(text) for text in texts], abs=1e-15), name


@pytest.mark.parametrize(
    "name", ["alphanumeric_share", "alphabetic_share", "all_caps_word_fraction"]
)
def test_every_character_that_there_is(name: str) -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    ours = SIGNALS[name].load()(TextBatch.of(characters))
    theirs = np.array([THEIRS[name](character) for character in characters])
    assert [characters[place] for place in np.flatnonzero(ours != theirs)] == []
