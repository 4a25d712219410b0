"""The measures of the report: what each one is, exactly, and what it cannot tell.

One row here is one line in the report's tables, with its definition beside it. A ratio of two
counts (`facts.FACTS`, or what `machine_made` and `spelling` count) needs nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Aspect(StrEnum):
    """The part of the report in which a measure stands."""

    LANGUAGE = "Spelling and grammar"
    DENSITY = "Information density"
    MACHINE = "Machine-made text"


@dataclass(frozen=True)
class Measure:
    """Sum of ``part`` over sum of ``whole`` in the sample, times ``factor``.

    Without ``whole`` it is the share of documents for which ``part`` is true, or its mean.
    """

    name: str
    title: str
    aspect: Aspect
    part: str
    whole: str
    definition: str
    limits: str
    factor: float = 1.0
    is_share: bool = True


MEASURES = (
    Measure(
        "likely_slips", "Likely misspellings", Aspect.LANGUAGE, "slips", "spelled_words",
        "Per 1,000 words of 6 to 24 letters: words one slip away (a letter inside left out or put "
        "in, two exchanged or, in words of 8 letters or more, one changed) from a word that the "
        "sample has at least 50 times and at least 50 times as often.",
        "Sees only slips in words that are frequent here, no right word in the wrong place, and "
        "nothing in scripts without spaces; a rare name close to a frequent word counts too.",
        factor=1_000, is_share=False,
    ),
    Measure(
        "whole_sentences", "Whole sentences", Aspect.LANGUAGE, "whole_sentences", "sentences",
        "Of sentences with three words or more: those that end with a mark (. ! ? … and those of "
        "other scripts) and whose first letter or digit is no lower-case letter. A sentence ends "
        "at a mark before white space and at a line break, unless a lower-case letter follows.",
        "Headings, lists and verse are no whole sentences; nor is text wrapped before capitals.",
    ),
    Measure(
        "begun_sentences", "Sentences that begin well", Aspect.LANGUAGE, "begun_sentences",
        "sentences", "Sentences whose first letter or digit is no lower-case letter.",
        "A script without capitals always begins well.",
    ),
    Measure(
        "ended_sentences", "Sentences that end with a mark", Aspect.LANGUAGE, "ended_sentences",
        "sentences", "Sentences that end with a mark, closing quotes and brackets aside.",
        "Languages that use no such marks always fail.",
    ),
    Measure(
        "sentence_words", "Words of a sentence", Aspect.LANGUAGE, "sentence_words", "sentences",
        "Words over sentences; in scripts without spaces each character is a word.",
        "Sentences of fewer than three words are left out.", is_share=False,
    ),
    Measure(
        "unmatched", "Brackets without a partner", Aspect.LANGUAGE, "unmatched", "words",
        "Per 1,000 words: brackets and curly quotes without a partner in the document, and lines "
        "with an odd number of straight double quotes.",
        "Quotes that run over paragraphs, inches and source code count; numberings at the "
        "beginning of a line and faces do not.", factor=1_000, is_share=False,
    ),
    Measure(
        "doubled", "Doubled words", Aspect.LANGUAGE, "doubled", "words",
        "Per 1,000 words: words of two letters or more that stand twice in succession with only "
        "spaces between.",
        "Some are right (\"had had\", names, verse).", factor=1_000, is_share=False,
    ),
    Measure(
        "compressed", "Compressed size", Aspect.DENSITY, "compressed", "bytes",
        "Bytes of each document after zstd at level 3, by itself, over bytes before.",
        "Short documents compress badly whatever they say; compare sources of like length and one "
        "script.",
    ),
    Measure(
        "machine_made", "Reads machine-made", Aspect.MACHINE, "machine_made", "",
        "Documents with a phrase of an assistant or a placeholder, or with two of the three marks "
        "below it (stock wordings, even sentences, repetition).",
        "A sign and no proof, for a single document least of all; text about assistants counts, "
        "and edited machine text does not.",
    ),
    Measure(
        "assistant", "Phrases of an assistant", Aspect.MACHINE, "has_assistant", "",
        "Documents with one of the listed phrases (\"as an AI language model\" …), compared word "
        "by word.", "The list is English and Chinese.",
    ),
    Measure(
        "placeholder", "Placeholders left", Aspect.MACHINE, "has_placeholder", "",
        "Documents with what a template leaves (\"[your name]\", \"{{name}}\", lorem ipsum).",
        "Texts about templates count.",
    ),
    Measure(
        "stock", "Stock wordings", Aspect.MACHINE, "has_stock", "",
        "Documents with two or more of the listed wordings (\"delve into\", \"a testament to\" …) "
        "and at least 3 per 1,000 words.", "People use them too; the list is English and Chinese.",
    ),
    Measure(
        "even", "Even sentences", Aspect.MACHINE, "is_even", "",
        "Documents of ten sentences or more whose sentence lengths have a standard deviation of "
        "at most 0.3 of their mean.", "Lists, forms and verse are even by nature.",
    ),
    Measure(
        "repeated", "Repetition", Aspect.MACHINE, "is_repeated", "",
        "Documents of which more than 0.2 is in 5-grams of words that stand several times (the "
        "signal of the rule \"Phrases repeated\").", "Tables, licences and refrains repeat too.",
    ),
    Measure(
        "sentence_spread", "Spread of sentence lengths", Aspect.MACHINE, "spread", "has_spread",
        "Standard deviation over mean of a document's sentence lengths in words, the mean over "
        "documents of ten sentences or more.",
        "Low means even; people write about 0.5 to 0.9 in prose.", is_share=False,
    ),
)  # fmt: skip

BY_NAME = {measure.name: measure for measure in MEASURES}


def of_aspect(aspect: Aspect) -> tuple[Measure, ...]:
    """Those of one part of the report, in order."""
    return tuple(measure for measure in MEASURES if measure.aspect == aspect)
