"""What an ablation asks, and what will run: settings, parameters, notes, time by the planner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from training.ablation.experiments import Experiment, Variant
from training.ablation.variants import PlannedRun, PlannedVariant, plan_variants, runs_of
from training.errors import SpecError
from training.planning.plan import plan_training
from training.registry import EXPERIMENTS, MODEL_PRESETS
from training.specs.ablation import Match
from training.units import format_count, format_seconds
from webapp.builder.plans import calibration
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Artifact, Job
from webapp.jobs.references import ARTIFACT
from webapp.projects.models import Project
from webapp.runs.selectors import VERB
from webapp.runs.selectors import runs_of as training_runs_of

OWN = "own"
TOKENS, BENCHMARK = "tokens", "benchmark"
TRAIN, EVALUATE, VERDICT = VERB, "evaluate", "verdict"
#: A run of a few minutes on two cores, where none is named to start from.
_BATCH_SIZE, _WARMUP = 16, 10
_LEARNING_RATE = 1e-3


@dataclass(frozen=True)
class Asked:
    """One ablation as it was asked for. ``run`` stands before tokens and size."""

    question: str
    run: str = ""
    tokens: str = ""
    size: str = "llama-tiny"
    num_steps: int = 0
    num_seeds: int = 3
    match: str = Match.AUTO
    field: str = ""
    value: str = ""
    benchmark: str = ""


@dataclass(frozen=True)
class Row:
    """A variant as the page shows it before it runs."""

    name: str
    changes: str
    parameters: str
    time: str
    note: str


@dataclass
class Outlook:
    """All that would run."""

    title: str
    runs: list[PlannedRun]
    rows: list[Row]
    time: str
    lengths: tuple[int, ...] = ()
    #: Reference to the benchmark that every model is put to; "" for none.
    benchmark: str = ""
    wants_benchmark: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


def outlook(project: Project, asked: Asked) -> Outlook:
    """What would run; ApplicationError says why nothing can."""
    settings, tokens = _settings(project, asked)
    variants, experiment = _variants(asked)
    match = Match(asked.match)
    if match == Match.AUTO:
        match = experiment.match if experiment else Match.WIDTH
    counts = tokens.counts if tokens is not None else {}
    vocab_size = int(counts.get("vocab_size") or 0)
    try:
        planned = plan_variants(settings, variants, match, vocab_size=vocab_size)
    except SpecError as error:
        raise ApplicationError(" ".join(one.sentence() for one in error.problems)) from error
    runs = runs_of(planned, asked.num_seeds)
    times = [_seconds(one, vocab_size) for one in planned]
    return Outlook(
        title=EXPERIMENTS[asked.question].title if experiment else f"{asked.field}: {asked.value}",
        runs=runs,
        rows=[_row(one, time) for one, time in zip(planned, times, strict=True)],
        time=format_seconds(sum(times) * asked.num_seeds),
        lengths=experiment.lengths if experiment else (),
        benchmark=_benchmark(project, asked),
        wants_benchmark=bool(experiment and experiment.wants_benchmark and not asked.benchmark),
        settings=settings,
    )


def _settings(project: Project, asked: Asked) -> tuple[dict[str, Any], Artifact | None]:
    """The run to change, and its tokens where they are there already."""
    if asked.run:
        job = training_runs_of(project).filter(pk=asked.run).first()
        if job is None:
            raise _refused("run", _("This run is not in the project. Choose another."))
        settings = dict(job.spec)
    else:
        settings = _of_size(asked)
    if asked.num_steps:
        settings["num_steps"] = asked.num_steps
        schedule = dict(settings.get("schedule") or {})
        most = max(0, asked.num_steps // _WARMUP)
        settings["schedule"] = {
            **schedule,
            "warmup_steps": min(schedule.get("warmup_steps", most), most),
        }
    return settings, _tokens(project, str(settings.get("tokens") or ""))


def _of_size(asked: Asked) -> dict[str, Any]:
    row = MODEL_PRESETS.get(asked.size)
    if row is None or not asked.tokens:
        raise _refused("tokens", _("Choose tokens and a size, or a run to start from."))
    steps = asked.num_steps or 1000
    return {
        "tokens": f"{ARTIFACT}:{asked.tokens}",
        "model": row.load().model_dump(mode="json"),
        "num_steps": steps,
        "batch_size": _BATCH_SIZE,
        "optimizer": {"learning_rate": _LEARNING_RATE},
        "schedule": {"warmup_steps": steps // _WARMUP},
        "checkpoints": {"every_steps": 0, "keep_last": 1},
    }


def _tokens(project: Project, reference: str) -> Artifact | None:
    scheme, _colon, name = reference.partition(":")
    if scheme != ARTIFACT:
        return Artifact.objects.filter(project=project, job_id=name, kind="tokens").first()
    found = Artifact.objects.filter(project=project, pk=name, kind="tokens").first()
    if found is None:
        raise _refused("tokens", _("These tokens are not in the project. Choose others."))
    return found


def _benchmark(project: Project, asked: Asked) -> str:
    if not asked.benchmark:
        return ""
    known = Artifact.objects.filter(project=project, pk=asked.benchmark, kind=BENCHMARK)
    if not known.exists():
        raise _refused("benchmark", _("This benchmark is not in the project. Choose another."))
    return f"{ARTIFACT}:{asked.benchmark}"


def _variants(asked: Asked) -> tuple[list[Variant], Experiment | None]:
    if asked.question in EXPERIMENTS:
        experiment: Experiment = EXPERIMENTS[asked.question].load()
        return [*experiment.variants], experiment
    if not asked.field or not asked.value:
        raise _refused("field", _("Name a setting of the run and the value that it is to have."))
    try:
        value = yaml.safe_load(asked.value)
    except yaml.YAMLError as error:
        raise _refused("value", _("This is no value: a number, a word, true or false.")) from error
    changed = Variant(f"{asked.field} = {asked.value}"[:60], {asked.field: value})
    return [Variant(_("As it is")), changed], None


def _refused(name: str, sentence: str) -> ApplicationError:
    return ApplicationError(sentence, fields={name: [sentence]})


def _seconds(one: PlannedVariant, vocab_size: int) -> float:
    plan = plan_training(one.spec, vocab_size=vocab_size, calibration=calibration())
    return float(plan.time.seconds)


def _row(one: PlannedVariant, seconds: float) -> Row:
    return Row(
        one.name,
        _written(one.changes),
        format_count(one.num_parameters),
        format_seconds(seconds),
        one.note,
    )


def _written(changes: Mapping[str, Any]) -> str:
    return ", ".join(f"{path} = {value}" for path, value in changes.items())


def run_choices(project: Project, most: int = 30) -> list[Job]:
    """Runs to start from, the newest."""
    return list(training_runs_of(project)[:most])


def artifact_choices(project: Project, kind: str, most: int = 30) -> list[Artifact]:
    """Results of a kind to choose from, the newest."""
    found = Artifact.objects.filter(project=project, kind=kind).order_by("-created_at")
    return list(found[:most])
