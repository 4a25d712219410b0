"""Which back end a situation gets, in words: what is inside, and what speaks against the others."""

from __future__ import annotations

from dataclasses import dataclass

from training.model.backends.base import Situation
from training.model.backends.choice import backend, choose
from training.model.backends.sdpa import HALF_PRECISION
from training.planning.memory import FEWEST_TILED_TOKENS
from training.registry import ATTENTIONS

#: What the others are compared with; the product never chooses it.
_REFERENCE = "dense"


@dataclass(frozen=True)
class Explained:
    """``inside`` says how it computes; ``against`` maps every other back end to a reason."""

    name: str
    inside: str
    against: dict[str, str]


def explained(situation: Situation, *, is_bias_learned: bool = False) -> Explained:
    """The choice of ``training.model.backends.choice``, explained."""
    chosen = choose(situation)
    against = {name: _reason(name, chosen, situation) for name in ATTENTIONS if name != chosen}
    return Explained(chosen, _inside(chosen, situation, is_bias_learned), against)


def _reason(name: str, chosen: str, situation: Situation) -> str:
    reason = backend(name).reason_against(situation)
    if reason is not None:
        return reason
    if name == _REFERENCE:
        return "it writes the whole mask out, and is what the others are tested against"
    return f"it could be used, and {chosen} is preferred"


def _inside(chosen: str, situation: Situation, is_bias_learned: bool) -> str:
    if is_bias_learned and situation.device == "cpu":
        return "scores are written out, because the bias by distance is learned"
    if situation.has_dropout:
        return "scores are written out where the kernel cannot drop attention weights"
    if situation.device != "cpu":
        return ATTENTIONS[chosen].title
    if situation.dtype in HALF_PRECISION:
        dtype = str(situation.dtype).removeprefix("torch.")
        return (
            f"pieces of {FEWEST_TILED_TOKENS} tokens and more in tiles of {dtype}, shorter ones "
            "and those under a mask by torch's fused kernel in float32"
        )
    return "torch's fused kernel"
