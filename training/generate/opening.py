"""How a model that fills blanks is asked to write on: a mask after the prompt, then a start token.

The prompt and its mask are seen whole; what follows the start token is the text. Of a model with
positions inside blanks, all of it stands at the mask's position (Du 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.tokenizers.special import END, LONG_MASK, START, SpecialIds

#: Tokens that an opening adds to a prompt.
NUM_ADDED = 2


@dataclass(frozen=True)
class Opening:
    """Ids of the tokens; ``has_positions``: blanks have positions of their own."""

    mask_id: int
    start_id: int
    end_id: int
    has_positions: bool

    def options(self, num_seen: int, num_written: int, device: Any) -> dict[str, Any]:
        """What a forward pass of the next token is told besides its id.

        ``num_seen`` tokens were seen whole, the mask being the last; ``num_written`` (the start
        token counts) stand in the blank already.
        """
        if not self.has_positions:
            return {}
        return {
            "position_ids": torch.tensor([[num_seen - 1]], device=device),
            "blank_position_ids": torch.tensor([[num_written + 1]], device=device),
        }


def opening_of(model: Any, tokenizer_folder: Path) -> Opening | None:
    """Of a model that fills blanks; None for all others. SpecError when tokens are missing."""
    spec = getattr(model, "spec", None)
    if spec is None or not spec.fills_blanks:
        return None
    mask, start, end = SpecialIds(tokenizer_folder).require(LONG_MASK, START, END)
    return Opening(mask, start, end, spec.has_blank_positions)
