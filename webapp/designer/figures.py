"""The numbers of a design: parameters and operations by part, cache, memory. All from the spec."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.design.shapes import PART_SLOTS
from training.planning.flops import count_flops
from training.planning.memory import kv_cache_bytes
from training.planning.params import count_parameters
from training.specs.model import ModelSpec
from training.units import format_bytes, format_count, format_operations

_BF16_BYTES, _FP32_BYTES = 2, 4
#: Weights, gradients and the two numbers of AdamW, in fp32.
_TRAINING_BYTES = 16

_PARTS: dict[str, str | Promise] = {
    "token_embedding": gettext_lazy("Token embedding"),
    "position_embedding": gettext_lazy("Positions"),
    "attention": gettext_lazy("Attention"),
    "feedforward": gettext_lazy("Feed-forward"),
    "norms": gettext_lazy("Norms"),
    "head": gettext_lazy("Output head"),
}


@dataclass(frozen=True)
class PartRow:
    """One part: its numbers and its share; ``slot`` is its colour in the drawing too."""

    label: str
    slot: int
    parameters: int
    flops: float
    share: float
    start: float

    @property
    def count(self) -> str:
        """Its parameters."""
        return format_count(self.parameters)

    @property
    def percent(self) -> str:
        """Its share of all parameters."""
        return f"{100 * self.share:.1f} %"

    @property
    def operations(self) -> str:
        """Operations of one token's forward pass; "" where they are left out of the count."""
        return format_operations(self.flops) if self.flops else "–"


@dataclass(frozen=True)
class Headline:
    """One number at the top of the page, and how it comes about."""

    key: str
    label: str
    value: str
    how: str
    #: For the comparison with another design; how much it is in plain units.
    amount: float


def part_rows(spec: ModelSpec) -> list[PartRow]:
    """Every part that has parameters or costs operations, in the order of the forward pass."""
    count, flops = count_parameters(spec), count_flops(spec)
    costs = {
        "attention": flops.attention_projections + flops.attention_causal,
        "feedforward": float(flops.feedforward),
        "head": float(flops.head),
    }
    rows, start = [], 0.0
    for name, label in _PARTS.items():
        number, cost = getattr(count, name), costs.get(name, 0.0)
        if number or cost:
            share = number / count.total
            rows.append(PartRow(str(label), PART_SLOTS[name], number, cost, share, start))
            start += share
    return rows


def headlines(spec: ModelSpec) -> list[Headline]:
    """The numbers by which designs are compared."""
    count, flops = count_parameters(spec), count_flops(spec)
    cache = kv_cache_bytes(spec, 1, bytes_per_number=_BF16_BYTES)
    length = f"{spec.context_length:,}"
    return [
        Headline(
            "parameters", _("Parameters"), format_count(count.total),
            _("%(number)s without embeddings") % {"number": format_count(count.non_embedding)},
            count.total,
        ),
        Headline(
            "flops", _("Training, per token"), format_operations(flops.training),
            _("forward %(forward)s, in rows of %(length)s tokens")
            % {"forward": format_operations(flops.forward), "length": length},
            flops.training,
        ),
        Headline(
            "cache", _("KV cache, per token"), format_bytes(cache),
            _("bf16; %(full)s for %(length)s tokens")
            % {"full": format_bytes(cache * spec.context_length), "length": length},
            cache,
        ),
        Headline(
            "weights", _("Weights"), format_bytes(_BF16_BYTES * count.total),
            _("bf16; %(full)s in fp32") % {"full": format_bytes(_FP32_BYTES * count.total)},
            _BF16_BYTES * count.total,
        ),
        Headline(
            "training", _("Training, before activations"),
            format_bytes(_TRAINING_BYTES * count.total),
            _("weights, gradients, AdamW: 16 bytes per parameter"),
            _TRAINING_BYTES * count.total,
        ),
    ]  # fmt: skip
