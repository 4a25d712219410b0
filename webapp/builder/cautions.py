"""Doubts that no spec can have by itself, because they need what was chosen, or this machine.

What is read of a result is small (its settings, its tokenizer's special tokens), and read once:
results do not change.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from training.errors import DataError, Problem
from training.folder.atomic import read_json
from training.planning.machine import num_cores
from training.registry import TEMPLATES
from training.specs.optimization import Device
from training.specs.train import TrainSpec
from webapp.builder.checking import Finding, Findings, finding
from webapp.builder.choices import Choices
from webapp.builder.drafts import Draft, Step, value_at
from webapp.builder.token_cautions import token_doubts
from webapp.jobs.models import Artifact, Job, Lease, SlotKind
from webapp.jobs.references import ARTIFACT, JOB

_TRAIN, _TOKENIZE = "train", "tokenize"
#: Templates that need no marks of their own.
_PLAIN = "plain"
_AUTO, _AUTO_TAKES = "auto", "chatml"
_STORE = "store.json"
_TEMPLATE_FILE = "chat_template.jinja"


def cautions(draft: Draft, findings: Findings, choices: Choices) -> Iterator[Finding]:
    """Each doubt at the field where it can be mended."""
    for step in draft.made():
        if step.verb == _TOKENIZE:
            yield from _template(draft, step, choices)
        spec = findings.specs.get(step.key)
        if isinstance(spec, TrainSpec):
            yield from _tokens(step, spec, choices)
            base = tokenizer_folder(spec.base, choices) if spec.base else None
            for doubt in token_doubts(spec, choices, base):
                yield finding(step, doubt)
            yield from _threads(step, spec)


def _template(draft: Draft, step: Step, choices: Choices) -> Iterator[Finding]:
    """Marks of a template that the base has never read, where LoRA is to teach them."""
    train = draft.step(_TRAIN)
    method = value_at(train.values, "tuning.method") if train in draft.made() and train else ""
    base = str(step.values.get("model") or "")
    asked = str(value_at(step.values, "examples.template") or _AUTO)
    if not base or not step.values.get("tasks") or method not in {"", "lora"}:
        return
    folder = tokenizer_folder(base, choices)
    if folder is None or has_chat_template(folder):
        return
    name = _AUTO_TAKES if asked == _AUTO else asked
    marks = _marks(name)
    if not marks or not set(marks) <= special_tokens(folder):
        return
    words = {"template": name, "marks": ", ".join(marks)}
    first = _("auto takes %(template)s, because the tokenizer has its marks") % words
    told = first if asked == _AUTO else _("The template is %(template)s") % words
    why = _(
        "but the base brings no chat template along, so it has probably never read %(marks)s; "
        "LoRA does not teach them, and answers may end in noise"
    )
    fix = (("examples.template", _PLAIN),)
    yield finding(step, Problem("examples.template", f"{told}, {why % words}.", fix=fix))


def _tokens(step: Step, spec: TrainSpec, choices: Choices) -> Iterator[Finding]:
    """The same of tokens that are written already."""
    tokens = choices.artifact(spec.tokens)
    if tokens is None or not spec.base or spec.tuning.method != "lora":
        return
    name = str((_data(str(tokens.folder / _STORE)) or {}).get("template") or "")
    folder = tokenizer_folder(spec.base, choices)
    if not _marks(name) or folder is None or has_chat_template(folder):
        return
    sentence = _(
        "These tokens were written with the template %(template)s, but the base brings no chat "
        "template along, so it has probably never read its marks; LoRA does not teach them. Write "
        "tokens with the template plain, or train every weight."
    )
    problem = Problem("tokens", sentence % {"template": name}, fix=(("tuning.method", "full"),))
    yield finding(step, problem)


def _threads(step: Step, spec: TrainSpec) -> Iterator[Finding]:
    """More threads than cores, with what runs now: they wait for each other at every product."""
    run = spec.resolve()
    wanted, cores = run.num_threads * run.num_processes, num_cores()
    if run.device != Device.CPU or wanted <= run.num_processes:
        return
    busy = Lease.objects.filter(host=settings.JOBS.host, kind=SlotKind.CPU).count()
    if not busy or wanted + busy <= cores:
        return
    fewer = max(1, (cores - busy) // run.num_processes)
    counts = {"busy": busy, "wanted": wanted, "cores": cores}
    sentence = _(
        "Other jobs hold %(busy)d of the %(cores)d cores now, and this run would take %(wanted)d: "
        "while they run beside each other, steps take several times as long as planned."
    )
    fix = (("num_threads", fewer),) if fewer < run.num_threads else ()
    yield finding(step, Problem("num_threads", sentence % counts, fix=fix))


def tokenizer_folder(reference: str, choices: Choices) -> Path | None:
    """Where the tokenizer of a base stands: beside its weights, or in the tokens it learnt from."""
    artifact = choices.artifact(reference)
    if artifact is not None:
        return artifact.folder
    job = dict(choices.folders).get(reference) or _coming(reference, choices)
    if job is None or job.verb != _TRAIN:
        return None
    scheme, _colon, name = str(job.spec.get("tokens") or "").partition(":")
    named = {ARTIFACT: "pk", JOB: "job_id"}.get(scheme)
    tokens = Artifact.objects.filter(project=job.project_id, **{named: name}) if named else None
    made = tokens.filter(kind="tokens").first() if tokens is not None else None
    return made.folder / "tokenizer" if made is not None else None


def has_chat_template(folder: Path) -> bool:
    """Whether a tokenizer brings a template along: then its model was taught by one."""
    config = _data(str(folder / "tokenizer_config.json")) or {}
    return (folder / _TEMPLATE_FILE).is_file() or bool(config.get("chat_template"))


def special_tokens(folder: Path) -> frozenset[str]:
    """Texts of a tokenizer's special tokens; none where it cannot be read."""
    return _special_tokens(str(folder / "tokenizer.json"))


def _coming(reference: str, choices: Choices) -> Job | None:
    jobs = (job for rows in choices.jobs.values() for job in rows)
    return next((job for job in jobs if f"{JOB}:{job.pk}" == reference), None)


def _marks(template: str) -> tuple[str, ...]:
    row = TEMPLATES.get(template)
    marks: tuple[str, ...] = row.load().special_tokens if row is not None else ()
    return marks


@functools.lru_cache(maxsize=64)
def _special_tokens(path: str) -> frozenset[str]:
    added = (_data(path) or {}).get("added_tokens")
    entries = [one for one in added if isinstance(one, dict)] if isinstance(added, list) else []
    return frozenset(str(one.get("content")) for one in entries if one.get("special"))


def _data(path: str) -> dict[str, Any] | None:
    try:
        data = read_json(Path(path))
    except DataError:
        return None
    return data if isinstance(data, dict) else None
