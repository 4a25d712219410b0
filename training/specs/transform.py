"""What the verb ``transform`` is asked: which texts are changed, and how.

Documents in, documents out: the same ids, sources, languages and origins with other texts. Every
change re-runs; nothing of it is instant. Transforms work one after another in the order of
``registry.TRANSFORMS``, each on what those before it left.
"""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.planning.machine import num_cores
from training.registry import TRANSFORMS
from training.specs.base import Spec, option
from training.specs.common_options import workers_option
from training.specs.transform_parts import (
    CitationsPart,
    CutContaminationPart,
    DuplicateLinesPart,
    DuplicateParagraphsPart,
    LineRulesPart,
    MendUnicodePart,
    RepeatedLinesPart,
    RepeatedSentencesPart,
    TransformPart,
)


class TransformSpec(Spec):
    """Texts are mended and cut; what was taken out is counted and shown."""

    verb = "transform"

    documents: str = option(
        title="Documents",
        help="Folder of documents. They stay as they are; the result is documents of their own. "
        "Any change of what follows re-runs the job.",
        artifact="documents",
        min_length=1,
    )
    contamination: str = option(
        "",
        title="Contamination",
        help="Folder of what decontaminate found in these documents, for cutting it out.",
        artifact="contamination",
    )
    cut_contamination: CutContaminationPart = option(
        factory=CutContaminationPart,
        title="Items of evaluation sets",
        help="Runs of words that the search for evaluation sets has found.",
    )
    mend_unicode: MendUnicodePart = option(
        factory=MendUnicodePart,
        title="Broken characters",
        help="UTF-8 that was read as something else, control characters, entities.",
    )
    citations: CitationsPart = option(
        factory=CitationsPart,
        title="Citation marks",
        help="[1], [edit], [citation needed].",
    )
    line_rules: LineRulesPart = option(
        factory=LineRulesPart,
        title="Lines that are no prose",
        help="As in C4: lines of few words, JavaScript and policy notices.",
    )
    repeated_lines: RepeatedLinesPart = option(
        factory=RepeatedLinesPart,
        title="Lines repeated in a document",
        help="The first copy of each line stays.",
    )
    repeated_sentences: RepeatedSentencesPart = option(
        factory=RepeatedSentencesPart,
        title="Sentences repeated in a source",
        help="What stands at the end of every chapter or page.",
    )
    duplicate_paragraphs: DuplicateParagraphsPart = option(
        factory=DuplicateParagraphsPart,
        title="Paragraphs of other documents",
        help="Those that an earlier document has too.",
    )
    duplicate_lines: DuplicateLinesPart = option(
        factory=DuplicateLinesPart,
        title="Lines of other documents",
        help="Those that an earlier document has too.",
    )
    min_characters: int = option(
        1,
        title="Shortest document",
        help="Documents with fewer characters afterwards, white space aside, are left out.",
        unit="characters",
        ge=1,
        le=1_000_000,
        recommended=(1, 2_000),
    )
    num_samples: int = option(
        20,
        title="Samples",
        help="Changed documents that are kept for looking at, for each transform.",
        ge=0,
        le=200,
        group="advanced",
    )
    seed: int = option(
        0, title="Seed", help="Which documents become samples.", ge=0, group="advanced"
    )
    num_workers: int = workers_option()

    def chosen(self) -> dict[str, TransformPart]:
        """The transforms that are on, by name, in the order in which they work."""
        parts = ((name, getattr(self, name)) for name in TRANSFORMS)
        return {name: part for name, part in parts if part.is_on}

    def problems(self) -> Iterator[Problem]:
        """Something must be changed, and what was found must be named to be cut."""
        if self.cut_contamination.is_on and not self.contamination:
            yield Problem(
                "contamination",
                "is needed to cut out items of evaluation sets",
                got="none",
                expected="the output of decontaminate over these documents",
                hint="Search the documents first, or switch cut_contamination off.",
                fix=(("cut_contamination.is_on", False),),
            )
        if not self.chosen():
            yield Problem(
                "mend_unicode.is_on",
                "no transform is on, so no text would change",
                expected=f"at least one of: {', '.join(row.title for row in TRANSFORMS.values())}",
                hint="Switch one on.",
                fix=(("mend_unicode.is_on", True),),
            )

    def resolve(self) -> TransformSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or num_cores())
