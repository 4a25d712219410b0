"""The form of an ablation; titles and help are those of the spec where it has the field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.registry import EXPERIMENTS, MODEL_PRESETS
from training.specs.ablation import Match
from webapp.ablations.asking import BENCHMARK, OWN, TOKENS, Asked, artifact_choices, run_choices
from webapp.core.forms import ServiceForm
from webapp.projects.models import Project


class AblationForm(ServiceForm):
    """A question, what it is asked of, and how thoroughly."""

    question = forms.ChoiceField(label=_("Question"))
    run = forms.ChoiceField(
        label=_("Start from a run"),
        required=False,
        help_text=_("Its settings, with one thing changed; or choose tokens and a size."),
    )
    tokens = forms.ChoiceField(label=_("Tokens"), required=False)
    size = forms.ChoiceField(label=_("Size"), required=False, initial="llama-tiny")
    num_steps = forms.IntegerField(
        label=_("Steps of each run"),
        required=False,
        min_value=1,
        max_value=100_000_000,
        help_text=_("Empty takes the run's, or 1,000."),
    )
    num_seeds = forms.IntegerField(
        label=_("Seeds"),
        initial=3,
        min_value=1,
        max_value=20,
        help_text=_("Runs of each variant; one seed has no noise band."),
    )
    match = forms.ChoiceField(
        label=_("Held equal"),
        required=False,
        initial=Match.AUTO,
        choices=[
            (Match.AUTO, _("as the question has it")),
            (Match.WIDTH, _("width: the change is all there is")),
            (Match.PARAMETERS, _("parameters: the feed-forward width gives way")),
        ],
    )
    benchmark = forms.ChoiceField(
        label=_("Benchmark"),
        required=False,
        help_text=_("Every model is put to it, with five examples."),
    )
    field = forms.CharField(
        label=_("Setting to change"),
        required=False,
        max_length=120,
        help_text=_("Of a question of your own, by its path: model.has_qk_norm."),
    )
    value = forms.CharField(
        label=_("Its other value"), required=False, max_length=200,
        help_text=_("A number, a word, true or false."),
    )  # fmt: skip

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: list[Any] = [(row.name, row.title) for row in EXPERIMENTS.values()]
        runs: list[Any] = [(str(job.pk), job.title) for job in run_choices(project)]
        tokens: list[Any] = [(str(one.pk), str(one)) for one in artifact_choices(project, TOKENS)]
        benchmarks = [(str(one.pk), str(one)) for one in artifact_choices(project, BENCHMARK)]
        sizes = [(row.name, row.title) for row in MODEL_PRESETS.values()]
        for name, choices in (
            ("question", [*asked, (OWN, _("One of my own"))]),
            ("run", [("", _("none: tokens and a size")), *runs]),
            ("tokens", tokens or [("", _("none in this project yet"))]),
            ("size", sizes),
            ("benchmark", [("", _("none")), *benchmarks]),
        ):
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def asked(self) -> Asked:
        """What was asked, of a valid form."""
        data = self.cleaned_data
        return Asked(
            question=data["question"],
            run=data["run"],
            tokens=data["tokens"],
            size=data["size"] or "llama-tiny",
            num_steps=data["num_steps"] or 0,
            num_seeds=data["num_seeds"],
            match=data["match"] or Match.AUTO,
            field=data["field"].strip(),
            value=data["value"].strip(),
            benchmark=data["benchmark"],
        )
