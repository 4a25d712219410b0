"""How much text a model of some size wants, and how often the text at hand has to be repeated.

Hoffmann 2022 ("Chinchilla"): about 20 tokens per parameter use a fixed amount of compute best.
Muennighoff 2023: up to about four epochs repeated text is worth nearly as much as new text.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.units import format_count

TOKENS_PER_PARAMETER = 20
GOOD_EPOCHS = 4


@dataclass(frozen=True)
class ScalingAdvice:
    """Tokens seen in the run against what the size wants and what there is."""

    num_tokens: int
    tokens_wanted: int
    tokens_at_hand: int
    epochs: float
    tokens_per_parameter: float
    sentence: str


def advise(num_parameters: int, num_tokens: int, tokens_at_hand: int = 0) -> ScalingAdvice:
    """Judge a run of ``num_tokens``; ``tokens_at_hand`` 0 means unknown."""
    wanted = TOKENS_PER_PARAMETER * num_parameters
    epochs = num_tokens / tokens_at_hand if tokens_at_hand else 0.0
    return ScalingAdvice(
        num_tokens=num_tokens,
        tokens_wanted=wanted,
        tokens_at_hand=tokens_at_hand,
        epochs=epochs,
        tokens_per_parameter=num_tokens / num_parameters if num_parameters else 0.0,
        sentence=_sentence(num_tokens, wanted, epochs),
    )


def parameters_for(num_tokens: int) -> int:
    """The size of model for which ``num_tokens`` are 20 per parameter."""
    return num_tokens // TOKENS_PER_PARAMETER


def _sentence(num_tokens: int, wanted: int, epochs: float) -> str:
    seen = f"{format_count(num_tokens)} tokens"
    if num_tokens < wanted / 2:
        size = f"{seen}: this size wants about {format_count(wanted)} (20 per parameter)."
    elif num_tokens > wanted * 2:
        size = f"{seen}, more than 20 per parameter: a larger model would use them better."
    else:
        size = f"{seen}, about 20 per parameter."
    if epochs > GOOD_EPOCHS:
        return (
            f"{size} The text is repeated {epochs:.1f} times; beyond {GOOD_EPOCHS} little is won."
        )
    return size
