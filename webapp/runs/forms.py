"""The form behind the one button: which text, how many processes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from webapp.core.forms import ServiceForm
from webapp.jobs.models import Artifact
from webapp.projects.models import Project
from webapp.runs.small import MAX_PROCESSES

#: What a small run may begin with.
TEXT_KINDS = ("documents", "upload")


class SmallRunForm(ServiceForm):
    """All fields are optional: the button alone trains on Python's own text."""

    text = forms.ModelChoiceField(
        label=_("Text"),
        queryset=Artifact.objects.none(),
        required=False,
        empty_label=_("Python's documentation, found on this machine"),
    )
    num_processes = forms.TypedChoiceField(
        label=_("Processes"),
        choices=[(0, _("as many as fit")), (1, "1"), (2, "2")],
        coerce=int,
        required=False,
        empty_value="0",
        help_text=_("Data-parallel copies of the model, each on its share of the cores."),
    )
    key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        texts = Artifact.objects.filter(project=project, kind__in=TEXT_KINDS)
        self.fields["text"].queryset = texts  # type: ignore[attr-defined]

    def clean_num_processes(self) -> int:
        """Between 0 (as many as fit) and the most that a small run gains by."""
        return min(int(self.cleaned_data["num_processes"] or 0), MAX_PROCESSES)
