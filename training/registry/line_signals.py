"""Signals of lines: what they look like, how long they are, how they begin and end."""

from __future__ import annotations

from training.registry.row import table
from training.registry.signal_row import Unit, signal

LINE_SIGNALS = table(
    signal(
        "bullet_line_fraction", "Fraction of lines with a bullet", "lines",
        "Lines that begin with one of • ‣ ⁃ ∙ ◦ ■ □ ▪ ▫ ▶ ● ○ –, or with - or * before white "
        "space, over lines. A line stands between line feeds, without ASCII white space at its "
        "ends; blank ones are none.",
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
        "C4 . ! ? \" '.",
    ),
    signal(
        "newline_word_ratio", "Line breaks per word", "lines",
        "Line feeds over words; 0 without words.",
        Unit.PER_WORD,
        others="DataTrove's FineWeb rule (list_ratio) takes the words of spaCy.",
    ),
)  # fmt: skip
