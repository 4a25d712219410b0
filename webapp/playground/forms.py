"""The two forms: which models, and, for pages without scripts, what to ask them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from webapp.core.forms import ServiceForm
from webapp.playground.selectors import model_choices
from webapp.projects.models import Project


class StartForm(ServiceForm):
    """One model, or two side by side."""

    model = forms.ChoiceField(label=_("Model"))
    second_model = forms.ChoiceField(
        label=_("Beside it"),
        required=False,
        help_text=_("Answers the same prompts with the same seed."),
    )
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = model_choices(project)
        self.has_models = bool(groups)
        self.fields["model"].choices = groups  # type: ignore[attr-defined]
        self.fields["second_model"].choices = [  # type: ignore[attr-defined]
            ("", _("nothing")),
            *groups,
        ]


class AskForm(ServiceForm):
    """A prompt and how to sample. Bounds are those of the serving job, which checks them again."""

    units = {"max_new_tokens": _("tokens")}

    prompt = forms.CharField(
        label=_("Prompt"),
        required=False,
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    temperature = forms.FloatField(
        label=_("Temperature"), min_value=0, max_value=5, initial=0.8, step_size=0.05
    )
    top_p = forms.FloatField(
        label=_("Top-p"), min_value=0, max_value=1, initial=0.95, step_size=0.01
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=2**31 - 1, initial=0)
    max_new_tokens = forms.IntegerField(label=_("At most"), min_value=1, max_value=512, initial=128)
