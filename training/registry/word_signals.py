"""Signals of words and characters: how many, how long, which."""

from __future__ import annotations

from training.registry.row import table
from training.registry.signal_row import Unit, signal

WORD_SIGNALS = table(
    signal(
        "num_bytes", "Bytes", "length", "Bytes of the text in UTF-8.", Unit.BYTES,
    ),
    signal(
        "character_count", "Characters", "composition",
        "Characters (code points) of the text, white space included.", Unit.CHARACTERS,
        as_in="CCNet and RedPajama-V2 (ccnet_length)",
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
    signal(
        "unique_word_fraction", "Fraction of different words", "composition",
        "Different words over words; capitals do not matter. It falls with the length of a text.",
        others="RedPajama-V2 (rps_doc_frac_unique_words) cuts words in another way.",
    ),
    signal(
        "unigram_entropy", "Entropy of the words", "composition",
        "Sum over different words of -p ln p, where p is the word's share of all words.",
        Unit.NATS,
        others="RedPajama-V2 (rps_doc_unigram_entropy) cuts words in another way.",
    ),
    signal(
        "longest_token", "Longest word", "composition",
        "Characters of the longest token. Tokens stand between white space; a character of a "
        "script without spaces is one of its own.",
        Unit.CHARACTERS,
        others="DataTrove's C4 rule drops lines with a token of more than 1,000 characters "
        "(too_long_word).",
    ),
    signal(
        "all_caps_word_fraction", "Fraction of words in capitals", "composition",
        "Raw words with an upper-case letter and no other cased one, over raw words. Raw words are "
        "runs of letters, digits and underscores, and runs of other characters between white "
        "space: the regular expression \\w+|[^\\w\\s]+.",
        as_in="RedPajama-V2 (rps_doc_frac_all_caps_words)",
    ),
    signal(
        "letterless_word_fraction", "Fraction of words without a Latin letter", "composition",
        "Raw words (\\w+|[^\\w\\s]+) without a letter from a to z or A to Z, over raw words.",
        as_in="RedPajama-V2 (rps_doc_frac_no_alph_words)",
    ),
    signal(
        "sentence_count", "Sentences", "composition",
        "Runs of characters between ends of sentences that hold a letter, digit or underscore. "
        "Ends are . ! ? … 。 ！ ？ ｡ and those of Arabic, Armenian, Ethiopic and Indic scripts.",
        Unit.NUMBER,
        others="RedPajama-V2 (rps_doc_num_sentences) is the same with . ! ? alone; DataTrove's C4 "
        "rule (too_few_sentences) cuts sentences with spaCy.",
    ),
    signal(
        "uppercase_share", "Share of capitals", "composition",
        "Upper-case letters over letters.",
        others="RedPajama-V2 tells it line by line, over all characters "
        "(rps_lines_uppercase_letter_fraction).",
    ),
    signal(
        "alphabetic_share", "Share of letters", "composition",
        "Letters of any script over all characters, white space included.",
        as_in="NeMo Curator (the alphabetic fraction of PerExtensionFilter)",
    ),
    signal(
        "alphanumeric_share", "Share of letters and digits", "composition",
        "Letters and numbers of any script over all characters, white space included.",
        as_in="Data-Juicer (alphanumeric_filter)",
        others="NeMo Curator (alpha_numeric) is 1 - the share of a-z, A-Z, 0-9 and some marks.",
    ),
    signal(
        "special_character_share", "Share of special characters", "composition",
        "Characters that are neither letters, numbers, marks nor white space, over characters "
        "that are not white space.",
        others="Data-Juicer (special_characters_filter) has a list of its own, with digits and "
        "white space.",
    ),
    signal(
        "whitespace_share", "Share of white space", "composition",
        "White space, line feeds included, over all characters.",
        others="NeMo Curator (white_space) has a list of its own.",
    ),
    signal(
        "bracket_share", "Share of brackets", "composition",
        "( ) [ ] { } and their wide and Chinese forms, over all characters.",
        others="NeMo Curator (parentheses_ratio) has a list of its own.",
    ),
    signal(
        "curly_bracket_share", "Share of curly brackets", "composition",
        "{ and } over all characters.",
        as_in="RedPajama-V2 (rps_doc_curly_bracket)",
        others="DataTrove's C4 rule (curly_bracket) drops a text at the first {.",
    ),
)  # fmt: skip
