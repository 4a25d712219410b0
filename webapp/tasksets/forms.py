"""The forms of task sets. What a set can be asked comes from the spec, field by field."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.registry import TEMPLATES
from training.specs.base import Part
from training.specs.tasks import ColumnsPart, QualityPart, Shape, SplitPart
from training.specs.tokenize import TooLong
from webapp.core.forms import ServiceForm, style_widgets
from webapp.projects.models import Project
from webapp.tasksets.selectors import SPLITS, tokenizers_of, uploads_of

#: Parts of the spec that this page asks, and which of their fields.
_PARTS: dict[str, tuple[type[Part], tuple[str, ...]]] = {
    "columns": (ColumnsPart, tuple(ColumnsPart.model_fields)),
    "splits": (SplitPart, tuple(SplitPart.model_fields)),
    "quality": (QualityPart, ("empty_answers", "duplicates", "unfinished", "unbalanced")),
}
_SHARE = 0.01


class TaskSetForm(ServiceForm):
    """A new set of an upload. Names of fields are paths of the spec with ``-`` for the dot."""

    title = forms.CharField(label=_("Name"), max_length=120, required=False)
    upload = forms.ChoiceField(label=_("Upload"))
    file = forms.CharField(max_length=255, required=False, widget=forms.HiddenInput)
    shape = forms.ChoiceField(
        label=_("Shape"),
        choices=[(str(one), str(one)) for one in Shape],
        initial=str(Shape.AUTO),
        help_text=_("What one row holds; auto goes by the columns."),
    )
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        uploads = [(str(one.pk), str(one)) for one in uploads_of(project)[:200]]
        self.has_uploads = bool(uploads)
        self.fields["upload"].choices = uploads  # type: ignore[attr-defined]
        for name, (part, fields) in _PARTS.items():
            for field in fields:
                made = _spec_field(part, field)
                made.widget.attrs["class"] = "input"
                self.fields[f"{name}-{field}"] = made

    def group(self, name: str) -> list[forms.BoundField]:
        """The fields of one part, for the template."""
        return [self[field] for field in self.fields if field.startswith(f"{name}-")]

    @property
    def main(self) -> list[forms.BoundField]:
        """Those that stand open."""
        return [self[name] for name in ("title", "upload", "shape")]

    @property
    def columns(self) -> list[forms.BoundField]:
        """Names of columns."""
        return self.group("columns")

    @property
    def splits(self) -> list[forms.BoundField]:
        """How rows are divided."""
        return self.group("splits")

    @property
    def quality(self) -> list[forms.BoundField]:
        """What becomes of odd rows."""
        return self.group("quality")

    def part(self, name: str) -> dict[str, Any]:
        """The cleaned values of one part of the spec; those left empty are not in it."""
        found = {field: self.cleaned_data.get(f"{name}-{field}") for field in _PARTS[name][1]}
        return {field: value for field, value in found.items() if value not in (None, "")}

    def spec(self) -> dict[str, Any]:
        """The spec of the verb ``tasks``."""
        return {
            "upload": f"artifact:{self.cleaned_data['upload']}",
            "shape": self.cleaned_data["shape"],
            **{name: self.part(name) for name in _PARTS},
        }


class RowsForm(forms.Form):
    """Which rows of a set are shown."""

    split = forms.ChoiceField(label=_("Split"), choices=list(SPLITS.items()))
    start = forms.IntegerField(
        label=_("From row"), min_value=0, max_value=10**9, initial=0, required=False
    )

    def asked(self) -> dict[str, Any]:
        """The cleaned values with defaults; call ``is_valid`` first."""
        found = dict(self.cleaned_data)
        return {**found, "start": found.get("start") or 0}


class TokensForm(RowsForm):
    """How rows are shown as tokens."""

    tokenizer = forms.ChoiceField(label=_("Tokenizer"))
    template = forms.ChoiceField(
        label=_("Template"), choices=[(row.name, row.name) for row in TEMPLATES.values()]
    )
    sequence_length = forms.IntegerField(
        label=_("Row length"), min_value=0, max_value=10**6, required=False, initial=512
    )
    too_long = forms.ChoiceField(
        label=_("Longer ones"), choices=[(str(one), str(one)) for one in TooLong]
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.pk), f"{one} ({one.kind})") for one in tokenizers_of(project)]
        self.has_tokenizers = bool(choices)
        self.fields["tokenizer"].choices = choices  # type: ignore[attr-defined]
        style_widgets(self)

    def asked(self) -> dict[str, Any]:
        """Also the length of a row, 0 for none."""
        found = super().asked()
        return {**found, "sequence_length": found.get("sequence_length") or 0}


def _spec_field(part: type[Part], name: str) -> forms.Field:
    """A form field from the declaration of a spec field."""
    declared = part.model_fields[name]
    about: dict[str, Any] = {"label": declared.title, "help_text": declared.description}
    default, annotation = declared.default, declared.annotation
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        choices = [(str(one), str(one)) for one in annotation]
        return forms.ChoiceField(choices=choices, initial=str(default), **about)
    if annotation is float:
        return forms.FloatField(
            min_value=0, max_value=0.99, initial=default, step_size=_SHARE, **about
        )
    return forms.CharField(max_length=200, required=False, **about)
