"""Signals of words and characters: how many, how long, which."""

from __future__ import annotations

from training.registry.row import table
from training.registry.signal_row import Unit, signal

WORD_SIGNALS = table(
    signal(
        "num_bytes", "Bytes", "length", "Bytes of the text in UTF-8.", Unit.BYTES,
    ),
    signal(
        "word_count", "Words", "length",
        "Words. A word is a run of letters, digits, marks and underscores; in scripts without "
        "spaces (Chinese, Japanese, Thai, Lao, Tibetan, Burmese, Khmer) each character is one.",
        Unit.WORDS,
        others="DataTrove counts the words of spaCy that are not punctuation alone "
        "(gopher_short_doc, gopher_long_doc); RedPajama-V2 splits at white space after deleting "
        "ASCII punctuation (rps_doc_word_count).",
    ),
    signal(
        "mean_word_length", "Characters per word", "composition",
        "Characters of all words over words; 0 without words. 1 for Chinese.",
        Unit.CHARACTERS,
        others="DataTrove (gopher_below_avg_threshold) and RedPajama-V2 "
        "(rps_doc_mean_word_length) cut words in another way; Dolma takes the median.",
    ),
    signal(
        "alphabetic_token_fraction", "Fraction of words with a letter", "composition",
        "Tokens with at least one letter of any script, over tokens. Tokens stand between white "
        "space; a character of a script without spaces is one of its own.",
        others="DataTrove (gopher_below_alpha_threshold) takes the words of spaCy, to which "
        "punctuation marks belong, so its share is lower.",
    ),
    signal(
        "stop_word_share", "Share of function words", "stop_words",
        "Words that stand on our list of English function words and Chinese function characters "
        "(training/corpus/signals/stop_words.py), over words; capitals do not matter.",
        others="RedPajama-V2 (rps_doc_stop_word_fraction) and Data-Juicer have longer lists.",
    ),
    signal(
        "distinct_stop_words", "Commonest words that occur", "stop_words",
        "How many different ones of the, be, to, of, and, that, have, with, and of 20 common "
        "Chinese characters, are among the words; capitals do not matter.",
        Unit.WORDS,
        others="DataTrove (gopher_enough_stop_words) does not count a capital The; Dolma counts "
        "every occurrence.",
    ),
    signal(
        "symbol_word_ratio", "Symbols per word", "composition",
        "# signs and ellipses (... or one sign) over words; 0 without words.",
        Unit.PER_WORD,
        others="RedPajama-V2 (rps_doc_symbol_to_word_ratio) pools the same signs and counts "
        "punctuation among the words; DataTrove judges # (gopher_too_many_hashes) and ellipses "
        "(gopher_too_many_ellipsis) one by one.",
    ),
    signal(
        "digit_share", "Share of digits", "composition",
        "Decimal digits of any script over characters that are not white space.",
        others="NeMo Curator (numbers_ratio) takes white space into the whole.",
    ),
    signal(
        "han_share", "Share of Han characters", "composition",
        "Chinese characters over characters that are not white space.",
    ),
)  # fmt: skip
