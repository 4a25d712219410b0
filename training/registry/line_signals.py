"""Signals of lines: what they look like, how long they are, how they begin and end."""

from __future__ import annotations

from training.registry.row import table
from training.registry.signal_row import Unit, signal

LINE_SIGNALS = table(
    signal(
        "line_count", "Lines", "lines",
        "Lines. A line stands between line feeds, without ASCII white space at its ends; blank "
        "ones are none.",
        Unit.LINES,
        others="RedPajama-V2 (ccnet_nlines) and NeMo Curator (num_lines) count blank ones too.",
    ),
    signal(
        "bullet_line_fraction", "Fraction of lines with a bullet", "lines",
        "Lines that begin with one of • ‣ ⁃ ∙ ◦ ■ □ ▪ ▫ ▶ ● ○ –, or with - or * before white "
        "space, over lines.",
        others="DataTrove (gopher_too_many_bullets) knows • and -, also as a minus sign, and "
        "counts blank lines; RedPajama-V2 (rps_lines_start_with_bulletpoint) knows no hyphen.",
    ),
    signal(
        "ellipsis_line_fraction", "Fraction of lines that end with an ellipsis", "lines",
        "Lines that end with ... or with one ellipsis sign, over lines.",
        others="DataTrove (gopher_too_many_end_ellipsis) and RedPajama-V2 "
        "(rps_doc_frac_lines_end_with_ellipsis) count blank lines among the lines.",
    ),
    signal(
        "short_line_fraction", "Fraction of short lines", "lines",
        "Lines of at most 30 characters, over lines.",
        others="DataTrove's FineWeb rule (short_line_ratio) counts indentation as length.",
    ),
    signal(
        "mean_line_length", "Characters per line", "lines",
        "Characters of all lines over lines; 0 without lines.",
        Unit.CHARACTERS,
        others="StarCoder's filter counts blank lines and indentation.",
    ),
    signal(
        "ended_line_fraction", "Fraction of lines that end a sentence", "lines",
        "Lines whose last character is a full stop, question or exclamation mark, an ellipsis, "
        "or a closing quotation mark (of Latin, Chinese, Arabic or Indic scripts), over lines.",
        others="DataTrove's FineWeb rule (line_punct_ratio) knows more scripts and no quotation "
        "marks; RedPajama-V2 (rps_lines_ending_with_terminal_punctution_mark) takes . ! ? ” and "
        "DataTrove's C4 rule (no_terminal_punc) . ? ! \" '.",
    ),
    signal(
        "newline_word_ratio", "Line breaks per word", "lines",
        "Line feeds over words; 0 without words.",
        Unit.PER_WORD,
        others="DataTrove's FineWeb rule (list_ratio) takes the words of spaCy.",
    ),
    signal(
        "words_per_line", "Words per line", "lines",
        "Words over lines; 0 without lines.",
        Unit.WORDS,
        others="RedPajama-V2 tells it line by line (rps_lines_num_words).",
    ),
    signal(
        "longest_line", "Longest line", "lines",
        "Characters of the longest line, white space at its ends included.",
        Unit.CHARACTERS,
        as_in="NeMo Curator (the longest line of PerExtensionFilter)",
        others="The Stack's filter (max_line_length) also ends lines at other separators.",
    ),
    signal(
        "third_longest_line", "Third longest line", "lines",
        "Characters of the third longest line, white space at its ends included; 0 with fewer "
        "than three lines. mC4 wants 200.",
        Unit.CHARACTERS,
        as_in="DataTrove 0.10.1 (C4ParagraphFilter)",
    ),
    signal(
        "few_word_line_fraction", "Fraction of lines of one or two words", "lines",
        "Lines with fewer than three tokens, over lines. Tokens stand between white space; a "
        "character of a script without spaces is one of its own.",
        others="DataTrove's C4 rule (too_few_words) drops these lines.",
    ),
    signal(
        "uppercase_line_fraction", "Fraction of lines in capitals", "lines",
        "Lines of which more than half of the characters that are not white space are upper-case "
        "letters, over lines.",
        others="RefinedWeb drops such lines; RedPajama-V2 has the share of each line "
        "(rps_lines_uppercase_letter_fraction).",
    ),
    signal(
        "numeric_line_fraction", "Fraction of lines of digits", "lines",
        "Lines of which more than half of the characters that are not white space are decimal "
        "digits, over lines.",
        others="RefinedWeb drops lines of digits alone; RedPajama-V2 has the share of each line "
        "(rps_lines_numerical_chars_fraction).",
    ),
    signal(
        "javascript_line_fraction", "Fraction of lines that name JavaScript", "lines",
        "Lines in which javascript stands, also within a word and in capitals, over lines.",
        others="DataTrove's C4 rule (javascript) drops these lines; RedPajama-V2 counts the word "
        "line by line (rps_lines_javascript_counts).",
    ),
    signal(
        "policy_line_fraction", "Fraction of lines about policies and cookies", "lines",
        "Lines in which one of terms of use, privacy policy, cookie policy, uses cookies, use of "
        "cookies, use cookies stands, also in capitals, over lines.",
        others="DataTrove's C4 rule (policy) drops these lines; NeMo Curator "
        "(boilerplate_string_ratio) counts paragraphs.",
    ),
    signal(
        "lorem_ipsum_count", "Lorem ipsum", "lines",
        "How often lorem ipsum stands in the text, also in capitals.",
        Unit.NUMBER,
        others="RedPajama-V2 (rps_doc_lorem_ipsum) divides by the characters; DataTrove's C4 rule "
        "(lorem_ipsum) drops a text at the first one.",
    ),
    signal(
        "url_share", "Share of URLs", "lines",
        "Characters of URLs over all characters. A URL begins with http://, https:// or www. "
        "(the latter not behind a letter or digit) and goes on with ASCII characters other than "
        "white space, < > and quotation marks.",
        others="NeMo Curator (urls_ratio) has another expression.",
    ),
    signal(
        "comment_line_fraction", "Fraction of comment lines", "lines",
        "Lines that begin with # (not before a letter), //, /*, *, --, ;, %, <!- or three "
        "quotation marks, over lines. The language of a program is not known here.",
        others="The Stack and NeMo Curator (comment_ratio) parse each language and count "
        "characters.",
    ),
    signal(
        "xml_header", "XML declaration", "lines",
        "1 if <?xml version= stands within the first 100 characters, else 0.",
        Unit.NUMBER,
        as_in="NeMo Curator (XMLHeaderFilter), after StarCoder",
    ),
    signal(
        "speaker_line_fraction", "Fraction of lines with a speaker", "lines",
        "Lines that begin with a name of at most 31 bytes and three words, a colon (: before white "
        "space, or ：) and text, or with <name> and text, over lines. A time in square brackets, # "
        "and * may stand before the name.",
    ),
    signal(
        "turn_count", "Turns of a dialogue", "lines",
        "Lines with a speaker (as in the fraction of lines with one) who is not that of the line "
        "with a speaker before.",
        Unit.NUMBER,
    ),
    signal(
        "speaker_count", "Speakers", "lines",
        "Different speakers (as in the fraction of lines with one); 64 at most.",
        Unit.NUMBER,
    ),
)  # fmt: skip
