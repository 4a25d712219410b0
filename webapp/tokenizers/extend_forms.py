"""What is asked of an extension; titles, help and bounds are those of its spec."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.specs.extend_tokenizer import ExtendTokenizerSpec, MiningPart
from webapp.core.forms import ServiceForm
from webapp.jobs.models import Artifact
from webapp.tokenizers.extending import Extension

_MINING = MiningPart.model_json_schema()["properties"]
_SPEC = ExtendTokenizerSpec.schema_document()["properties"]
_NUMBERS = ("num_terms", "min_count", "min_pieces")
_MAX_TERM_TEXT = 200_000


def _number(name: str) -> forms.IntegerField:
    field = _MINING[name]
    return forms.IntegerField(
        label=field["title"],
        help_text=field["description"],
        initial=field["default"],
        min_value=field["minimum"],
        max_value=field.get("maximum", 2**31 - 1),
        required=False,
    )


def _choice(name: str) -> forms.ChoiceField:
    field = _SPEC[name]
    return forms.ChoiceField(label=field["title"], help_text=field["description"], required=False)


class ExtendForm(ServiceForm):
    """A base, and what is added to it."""

    base = forms.ChoiceField(
        label=_("Tokenizer or model"), help_text=_("Every id of its pieces stays as it is.")
    )
    terms = forms.CharField(
        label=_SPEC["terms"]["title"],
        help_text=_("One on a line, written as inside a text; Chinese words too."),
        widget=forms.Textarea,
        required=False,
        max_length=_MAX_TERM_TEXT,
    )
    other = _choice("other")
    corpus = _choice("corpus")
    num_terms, min_count, min_pieces = map(_number, _NUMBERS)
    resizes = forms.BooleanField(
        label=_("Give the model rows for the new pieces"),
        help_text=_(
            "A second job makes a larger model: each new row is the mean of the old pieces' rows. "
            "Only for a model."
        ),
        required=False,
    )

    def __init__(
        self, *args: Any, bases: list[Artifact], corpora: list[Artifact], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        tokenizers = [one for one in bases if one.kind == "tokenizer"]
        models = [one for one in bases if one.kind == "model"]
        grouped = {_("Tokenizers"): tokenizers, _("Models"): models}
        self._choices("base", [(label, _pairs(rows)) for label, rows in grouped.items() if rows])
        self._choices("other", [("", _("none")), *_pairs(tokenizers)])
        self._choices("corpus", [("", _("none")), *_pairs(corpora)])

    def asked(self) -> Extension:
        """What was chosen; call ``is_valid`` first."""
        found = self.cleaned_data
        given = {name: found[name] for name in _NUMBERS if found.get(name) is not None}
        return Extension(
            base=uuid.UUID(found["base"]),
            terms=[line.strip() for line in found["terms"].splitlines() if line.strip()],
            other=_id(found["other"]),
            corpus=_id(found["corpus"]),
            mining=given,
            resizes=found["resizes"],
        )

    def _choices(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def _pairs(rows: list[Artifact]) -> list[tuple[str, str]]:
    return [(str(one.pk), str(one)) for one in rows]


def _id(text: str) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None
