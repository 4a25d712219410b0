"""What is looked at, saved and sampled while a run trains."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.specs.base import Part, option

#: Below it the logits divided by it leave the range of numbers.
LEAST_TEMPERATURE = 0.01


class ExportChoice(StrEnum):
    """Which checkpoint becomes the run's model."""

    BEST = "best"
    LAST = "last"


class Structure(StrEnum):
    """What form the texts of samples should have."""

    NONE = "none"
    JSON = "json"


class ValidationPart(Part):
    """Loss on held-out documents, and when to give up."""

    every_steps: int = option(
        100,
        title="Validate every",
        help="0 turns validation off.",
        unit="steps",
        ge=0,
        le=100_000_000,
    )
    max_rows: int = option(
        256,
        title="Validation rows",
        help="At most so many rows per validation; 0 takes all.",
        ge=0,
        group="advanced",
    )
    patience: int = option(
        0,
        title="Early stopping",
        help="Stop after so many validations without improvement; 0 never stops early.",
        ge=0,
    )
    tests_at_end: bool = option(
        True,
        title="Test at the end",
        help="Loss on the test rows of a task set, of the exported weights: read once, after the "
        "last step, and never before.",
    )
    min_delta: float = option(
        0.0, title="Least improvement", help="In nats of loss.", ge=0, group="advanced"
    )


class CheckpointPart(Part):
    """When to save and what to keep; the best and the last are always kept.

    Steps go on while a checkpoint is written; they wait for the copy in memory alone.
    """

    every_steps: int = option(
        200, title="Save every", help="0 saves at the end only.", unit="steps", ge=0, le=100_000_000
    )
    keep_last: int = option(
        2, title="Keep", help="Newest checkpoints kept besides the best.", ge=1, group="advanced"
    )
    keep_every_steps: int = option(
        0,
        title="Keep for ever",
        help="Checkpoints of every so many steps are never deleted; 0 keeps none for ever. Only "
        "steps that are saved count.",
        unit="steps",
        ge=0,
        le=100_000_000,
        group="advanced",
    )
    max_failures: int = option(
        3,
        title="End after failed saves",
        help="The run ends when so many saves in a row have failed (a full disk); 0 goes on "
        "whatever happens, and only the last one must succeed.",
        ge=0,
        le=1000,
        group="advanced",
    )
    export: ExportChoice = option(
        ExportChoice.BEST,
        title="Model taken from",
        help="best (lowest validation loss) or last checkpoint.",
        group="advanced",
    )


class SamplesPart(Part):
    """Text continued at every validation, so that learning can be read."""

    prompts: list[str] = option(
        factory=list, title="Prompts", help="Continued at every validation.", max_length=16
    )
    max_new_tokens: int = option(
        48, title="Sample length", help="New tokens.", unit="tokens", ge=1, le=4096
    )
    temperature: float = option(
        0.8,
        title="Temperature",
        help="0 takes the likeliest; otherwise 0.01 or more.",
        ge=0,
        le=5,
        group="advanced",
    )
    structure: Structure = option(
        Structure.NONE,
        title="Form of samples",
        help="json counts, at every validation, how many samples are one JSON value; a fence of "
        "three backticks around it is allowed.",
        group="advanced",
    )
    required_keys: list[str] = option(
        factory=list,
        title="Keys of the JSON",
        help="A sample without one of them does not count as valid.",
        max_length=100,
        shown_if=("structure", "json"),
        group="advanced",
    )
    name_endings: list[str] = option(
        factory=list,
        title="Endings of names",
        help="Words with these endings are names, such as drugs by mab, nib, statin, cillin. Those "
        "that the lexicon does not hold are counted as invented.",
        max_length=100,
        group="advanced",
    )
    lexicon: list[str] = option(
        factory=list,
        title="Lexicon of names",
        help="Names that exist, one each; case does not count.",
        max_length=20_000,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """A temperature that is nearly 0 and means 0; keys, endings and names without use."""
        yield from self._check_problems()
        if 0 < self.temperature < LEAST_TEMPERATURE:
            yield Problem(
                "temperature",
                "is too small to divide by",
                got=f"{self.temperature:g}",
                expected=f"0, or {LEAST_TEMPERATURE:g} to 5",
                hint="0 takes the likeliest token.",
                fix=(("temperature", 0),),
            )

    def _check_problems(self) -> Iterator[Problem]:
        if self.required_keys and self.structure != Structure.JSON:
            yield Problem(
                "required_keys",
                "are keys of a JSON that is not asked for",
                got=", ".join(self.required_keys[:5]),
                expected="empty, or structure: json",
                hint="Choose the form json.",
                fix=(("structure", Structure.JSON.value),),
            )
        blank = [ending for ending in self.name_endings if not ending.strip().lstrip("-")]
        if blank:
            yield Problem(
                "name_endings",
                "has an ending without letters",
                got=repr(blank[0]),
                expected="endings such as mab",
                hint="Take it out: every word would be a name.",
            )
        if self.lexicon and not self.name_endings:
            yield Problem(
                "lexicon",
                "is looked into for names only, and no ending says what a name is",
                got=f"{len(self.lexicon):,} names",
                expected="empty, or endings in name_endings",
                hint="Name the endings, or take the lexicon out.",
            )
