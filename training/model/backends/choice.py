"""Which back end a forward pass uses: the first of a preference list that has no reason against it.

``training.registry.ATTENTIONS`` is the table of all; the preferences below are what the product
chooses on its own. ``dense`` is never chosen, it is what the others are compared with.
"""

from __future__ import annotations

from functools import cache

import torch

from training.errors import Problem, SpecError
from training.model.backends.base import Backend, Situation
from training.model.masks import MaskKind
from training.registry import ATTENTIONS, find

AUTO = "auto"

PREFERENCE: dict[MaskKind, tuple[str, ...]] = {
    MaskKind.CAUSAL: ("sdpa",),
    MaskKind.DOCUMENT: ("varlen", "flex", "per_document"),
    MaskKind.FULL: ("sdpa",),
    MaskKind.FULL_DOCUMENT: ("varlen", "flex", "per_document"),
    MaskKind.PREFIX: ("flex", "per_document"),
    MaskKind.SOFT: ("flex", "soft"),
}
#: On CPU flex could only serve passes without gradients; one back end for both keeps
#: validation bit-equal to training.
CPU_PREFERENCE: dict[MaskKind, tuple[str, ...]] = {
    MaskKind.CAUSAL: ("sdpa",),
    MaskKind.DOCUMENT: ("per_document",),
    MaskKind.FULL: ("sdpa",),
    MaskKind.FULL_DOCUMENT: ("per_document",),
    MaskKind.PREFIX: ("per_document",),
    MaskKind.SOFT: ("soft",),
}


@cache
def backend(name: str) -> Backend:
    """The back end of that name; SpecError with the nearest name when there is none."""
    made: Backend = find("attentions", name).load()()
    return made


def supported(
    name: str,
    device: str,
    mask: MaskKind,
    needs_grad: bool,
    *,
    has_dropout: bool = False,
    dtype: torch.dtype = torch.float32,
    head_width: int = 64,
) -> str | None:
    """None when back end ``name`` can be used, else the reason why not."""
    situation = Situation(device, mask, needs_grad, has_dropout, dtype, head_width)
    return backend(name).reason_against(situation)


def choose_backend(
    device: str,
    mask: MaskKind,
    *,
    needs_grad: bool = True,
    has_dropout: bool = False,
    dtype: torch.dtype = torch.float32,
    head_width: int = 64,
) -> str:
    """Name of the back end that the product uses in this situation."""
    situation = Situation(device, mask, needs_grad, has_dropout, dtype, head_width)
    return choose(situation)


def choose(situation: Situation) -> str:
    """Like ``choose_backend``, from a Situation."""
    names = (CPU_PREFERENCE if situation.device == "cpu" else PREFERENCE)[situation.mask]
    for name in names:
        if backend(name).reason_against(situation) is None:
            return name
    raise AssertionError(f"the last of {names} takes everything")


def require(name: str, situation: Situation) -> Backend:
    """The back end asked for by name ("auto" chooses); SpecError saying why it cannot be used."""
    found = backend(choose(situation) if name == AUTO else name)
    reason = found.reason_against(situation)
    if reason is None:
        return found
    able = [other for other in ATTENTIONS if backend(other).reason_against(situation) is None]
    raise SpecError(
        [
            Problem(
                "attention",
                f"back end {name!r} cannot be used here: {reason}",
                expected=", ".join([AUTO, *able]),
            )
        ]
    )
