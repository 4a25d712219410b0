"""The form of a design: groups of a model's options, each choice with its reason and its source.

Groups, fields and choices are walked from the spec; an option that a model gets appears by itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from training.specs.base import Part
from training.specs.choice_reasons import Reason, reason_of
from training.specs.model import ModelSpec
from webapp.builder.bound import Field
from webapp.builder.checking import Findings
from webapp.builder.drafts import Draft, with_value
from webapp.builder.form import part_of
from webapp.builder.schema import Kind
from webapp.designer.designs import PART, PREFIX, model_values


@dataclass(frozen=True)
class Card:
    """One value of a choice. ``refused``: why it does not fit the rest; "" where it does."""

    value: str
    title: str
    reason: Reason | None
    is_chosen: bool
    refused: str = ""


@dataclass(frozen=True)
class Option:
    """One field, with its cards where it is a choice."""

    field: Field
    reason: Reason | None
    cards: Sequence[Card] = ()


@dataclass(frozen=True)
class OptionGroup:
    """Fields under one sentence."""

    name: str
    title: str
    options: Sequence[Option]

    @property
    def choices(self) -> list[Option]:
        """Those with cards."""
        return [one for one in self.options if one.cards]

    @property
    def told(self) -> str:
        """What is chosen in it, in the words of the cards."""
        cards = (card for option in self.choices for card in option.cards)
        return ", ".join(card.title for card in cards if card.is_chosen)

    @property
    def others(self) -> list[Option]:
        """Numbers and switches."""
        return [one for one in self.options if not one.cards]


def option_groups(draft: Draft, findings: Findings) -> list[OptionGroup]:
    """The form, in the order of ``training.specs.model_parts``."""
    root = part_of(draft.steps[0], PART, findings, is_advanced=draft.is_advanced)
    bound = {field.name: field for field in root.all_fields()}
    values = model_values(draft)
    groups = []
    for part in _parts():
        names = [f"{PREFIX}.{name}" for name in _own_fields(part)]
        fields = [field for key, field in bound.items() if _is_below(key, names)]
        options = [_option(field, values) for field in fields]
        if options:
            title = (inspect.getdoc(part) or part.__name__).partition(".")[0]
            groups.append(OptionGroup(part.__name__, title, options))
    return groups


def _parts() -> Iterator[type[Part]]:
    """The groups that a model joins, the first first."""
    for one in reversed(ModelSpec.__mro__):
        if issubclass(one, Part) and one is not Part and _own_fields(one):
            yield one


def _own_fields(part: type[Part]) -> list[str]:
    return [name for name in inspect.get_annotations(part) if name in part.model_fields]


def _is_below(key: str, names: Sequence[str]) -> bool:
    return any(key == name or key.startswith(f"{name}.") for name in names)


def _option(field: Field, values: Mapping[str, Any]) -> Option:
    path = field.name.removeprefix(f"{PREFIX}.")
    if field.leaf.kind != Kind.CHOICE:
        return Option(field, reason_of(path))
    cards = [_card(field, path, option.value, values) for option in field.options]
    return Option(field, reason_of(path), cards)


def _card(field: Field, path: str, value: str, values: Mapping[str, Any]) -> Card:
    is_chosen = value in field.chosen
    refused = "" if is_chosen else _refusal(path, value, values)
    return Card(value, _title(value), reason_of(path, value), is_chosen, refused)


def _title(value: str) -> str:
    """The value in words; what is abbreviated there stays so."""
    return _NAMES.get(value) or value.replace("_", " ").capitalize()


_NAMES = {
    "rope": "RoPE", "alibi": "ALiBi", "rmsnorm": "RMSNorm", "layernorm": "LayerNorm",
    "swiglu": "SwiGLU", "geglu": "GeGLU", "gelu": "GELU (tanh)", "gelu_exact": "GELU (exact)",
    "relu": "ReLU", "silu": "SiLU", "deepnorm": "DeepNorm", "llama3": "Llama 3",
}  # fmt: skip


def _refusal(path: str, value: str, values: Mapping[str, Any]) -> str:
    """What would be wrong with this value that is not wrong now, as a sentence."""
    now, then = _told(values), _told(with_value(values, path, value))
    new = [sentence for key, sentence in then.items() if key not in now]
    return new[0] if new else ""


def _told(values: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """{(field, message): sentence} of everything across fields that is wrong."""
    try:
        spec = ModelSpec.model_validate(dict(values))
    except ValidationError:
        return {}
    return {(one.field, one.message): one.message for one in spec.all_problems()}
