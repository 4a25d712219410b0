"""Rules between documents: of several that say the same one is kept."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Part, option
from training.specs.rule_parts import IS_ON_HELP, RulePart

#: Bands times rows of the near-duplicate search.
MOST_HASHES = 2_048


class KeptCopyRule(RulePart):
    """Of several documents one is kept: by source, then the longer, then the smaller id."""

    source_order: list[str] = option(
        factory=list,
        title="Sources, best first",
        help="Whose copy is kept; sources not named come after these, in order of name.",
        group="advanced",
    )


class ExactDuplicatesRule(KeptCopyRule):
    """Of equal texts one is kept: by source, then the longer, then the smaller id."""


class NearSearchPart(Part):
    """How near duplicates are found: candidates by MinHash, each pair of them checked exactly."""

    jaccard: float = option(
        0.7, title="Jaccard at least", gt=0, le=1, recommended=(0.6, 0.9),
        help="Shared shingles over all shingles of two texts. Searches anew: this re-runs.",
    )  # fmt: skip
    shingle_words: int = option(
        5, title="Words of a shingle", unit="words", ge=1, le=50, recommended=(3, 13),
        help="A run of so many words; each Chinese character is a word. This re-runs.",
        group="advanced",
    )  # fmt: skip
    bands: int = option(
        22, title="Bands", ge=1, le=256, recommended=(6, 64), group="advanced",
        help="More bands miss fewer pairs and compare more. This re-runs.",
    )  # fmt: skip
    rows: int = option(
        5, title="Hashes of a band", ge=1, le=64, recommended=(2, 13), group="advanced",
        help="More hashes of a band compare fewer pairs and miss more. This re-runs.",
    )  # fmt: skip

    def problems(self) -> Iterator[Problem]:
        """The memory of a signature has an end."""
        if self.bands * self.rows > MOST_HASHES:
            yield Problem(
                "rows",
                "there are too many hashes",
                got=f"{self.bands} x {self.rows} = {self.bands * self.rows:,}",
                expected=f"at most {MOST_HASHES:,} in all",
                hint="Take fewer bands or fewer hashes of a band.",
                fix=(("rows", max(1, MOST_HASHES // self.bands)),),
            )


class NearDuplicatesRule(NearSearchPart, KeptCopyRule):
    """Of nearly equal texts one is kept: by source, then the longer, then the smaller id.

    Texts are near duplicates when their sets of shingles (runs of words) have at least the stated
    Jaccard: shared over all.
    """

    is_on: bool = option(False, title="On", help=IS_ON_HELP)
