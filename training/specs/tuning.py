"""How a base model is tuned: all of it, a part of it, or by small matrices beside it.

LoRA: Hu 2021; rsLoRA: Kalajdzievski 2023 (alpha / sqrt(rank)); DoRA: Liu 2024 (length and direction
apart). Recommended learning rates: full 1e-5 to 5e-5, LoRA 1e-4 to 1e-3.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from training.errors import Problem
from training.registry import TUNINGS
from training.specs.base import Part, option, range_doubt

#: Projections of a block that LoRA may sit on; a GELU feed-forward has no gate_proj.
LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
#: Longest rows taken by themselves with a base: it has a long context, and most examples are short.
DEFAULT_LENGTH = 512
#: (lowest, highest) usual peak learning rate by tuning method.
USUAL_RATES = {"full": (1e-5, 5e-5), "freeze": (1e-5, 1e-4), "lora": (1e-4, 1e-3)}


class AdapterOutput(StrEnum):
    """What a LoRA run leaves."""

    ADAPTER = "adapter"
    MERGED = "merged"


class FreezePart(Part):
    """Which layers keep the base's weights."""

    embeddings: bool = option(
        False,
        title="Freeze embeddings",
        help="Token and position tables; a tied head is frozen with them.",
    )
    first_layers: int = option(
        0, title="Freeze first layers", help="Blocks from below.", unit="layers", ge=0, le=256
    )
    all_but_top: int = option(
        0,
        title="Train top layers only",
        help="Trains this many blocks from above, the last norm and an untied head; 0 is off.",
        unit="layers",
        ge=0,
        le=256,
    )

    def problems(self) -> Iterator[Problem]:
        """Counting from below and from above at once says two things."""
        if self.first_layers and self.all_but_top:
            yield Problem(
                "all_but_top",
                "says from above what first_layers says from below",
                got=f"{self.first_layers} from below and {self.all_but_top} from above",
                hint="Set one of the two to 0.",
                fix=(("first_layers", 0),),
            )

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be frozen."""
        return not (self.embeddings or self.first_layers or self.all_but_top)


class LoraPart(Part):
    """Two small matrices beside each chosen projection: W x + scale B A x."""

    rank: int = option(
        8, title="Rank", help="Inner size r of A and B.", recommended=(4, 64), ge=1, le=1024
    )
    alpha: float = option(
        16.0,
        title="Alpha",
        help="Scale is alpha / rank, or alpha / sqrt(rank) with rsLoRA.",
        recommended=(4, 128),
        gt=0,
        le=4096,
    )
    dropout: float = option(
        0.0,
        title="LoRA dropout",
        help="On what goes into A.",
        recommended=(0.0, 0.2),
        ge=0,
        lt=1,
    )
    targets: list[str] = option(
        factory=lambda: ["q_proj", "v_proj"],
        title="Targets",
        help="Projections: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj.",
        max_length=16,
    )
    uses_dora: bool = option(
        False, title="DoRA", help="Also learns the length of each output row.", group="advanced"
    )
    uses_rslora: bool = option(
        False, title="rsLoRA", help="Scale alpha / sqrt(rank), for high ranks.", group="advanced"
    )

    def problems(self) -> Iterator[Problem]:
        """Targets that are none, or twice the same."""
        unknown = [name for name in self.targets if name not in LORA_TARGETS]
        if unknown or not self.targets:
            yield Problem(
                "targets",
                "names no projection of a block",
                got=", ".join(unknown) or "nothing",
                expected=", ".join(LORA_TARGETS),
                hint="q_proj and v_proj are the usual start.",
                fix=(("targets", ["q_proj", "v_proj"]),),
            )
        elif len(set(self.targets)) < len(self.targets):
            once = [*dict.fromkeys(self.targets)]
            yield Problem(
                "targets",
                "names a projection twice",
                got=", ".join(self.targets),
                hint="Name each once.",
                fix=(("targets", once),),
            )


class TuningPart(Part):
    """The method, and the options of each; options of other methods are not used."""

    method: str = option(
        "full",
        title="Method",
        help="full: all weights; freeze: some layers keep theirs; lora: small matrices alone.",
        choices=TUNINGS,
    )
    freeze: FreezePart = option(
        factory=FreezePart, title="Freezing", help="For freeze.", shown_if=("method", "freeze")
    )
    lora: LoraPart = option(
        factory=LoraPart, title="LoRA", help="For lora.", shown_if=("method", "lora")
    )
    output: AdapterOutput = option(
        AdapterOutput.ADAPTER,
        title="LoRA leaves",
        shown_if=("method", "lora"),
        help="adapter: the small matrices in peft's format; merged: a whole model.",
    )

    def problems(self) -> Iterator[Problem]:
        """Options that the method would ignore are told."""
        if self.method == "freeze" and self.freeze.is_empty:
            yield Problem(
                "freeze",
                "nothing would be frozen",
                expected="embeddings, first_layers or all_but_top",
                hint="Choose what keeps its weights, or the method full.",
                fix=(("method", "full"),),
            )
        if self.method != "freeze" and not self.freeze.is_empty:
            yield Problem(
                "freeze",
                f"freezes nothing with the method {self.method}",
                hint="Choose the method freeze, or leave these options out.",
                fix=(("method", "freeze"),),
            )
        if self.method != "lora" and self.lora != LoraPart():
            yield Problem(
                "lora",
                f"is not used by the method {self.method}",
                hint="Choose the method lora, or leave these options out.",
                fix=(("method", "lora"),),
            )


class ForgettingPart(Part):
    """General text read before and after tuning: what the model has forgotten."""

    is_on: bool = option(
        True, title="Forgetting report", help="Perplexity of general text before and after."
    )
    max_tokens: int = option(
        20_000,
        title="Tokens read",
        help="Of the general text, each time.",
        unit="tokens",
        ge=64,
        le=100_000_000,
        group="advanced",
    )
    at_validations: bool = option(
        False,
        title="At validations too",
        help="Also measures at every validation; costs as much as one.",
        group="advanced",
    )


def problems_without_base(tuning: TuningPart, general_tokens: str) -> Iterator[Problem]:
    """What only makes sense where there is a base; field paths are those of a train spec."""
    if tuning.method != "full":
        yield Problem(
            "tuning.method",
            "needs a base model, whose weights it keeps",
            got=tuning.method,
            hint="Choose a base, or the method full.",
            fix=(("tuning.method", "full"),),
        )
    if general_tokens:
        yield Problem(
            "general_tokens",
            "is read for the forgetting report, and a new model has nothing to forget",
            hint="Choose a base, or leave it empty.",
            fix=(("general_tokens", ""),),
        )


def rate_doubts(rate: float, method: str) -> Iterator[Problem]:
    """When a peak learning rate is unusual for the method; the field path is of a train spec."""
    low, high = USUAL_RATES.get(method, (0.0, 1.0))
    if not low <= rate <= high:
        of = f" for the tuning method {method}"
        yield range_doubt("optimizer.learning_rate", rate, low, high, of=of)
