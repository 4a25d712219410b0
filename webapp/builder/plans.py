"""The plan beside a training form: every figure of `training.planning` with how it is computed.

Parts are walked as the planner gives them, so a part that it learns to count appears by itself.
Nothing here computes what the planner can; only what a person compares with is added.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import ValidationError

from training.errors import DataError, Problem
from training.folder.atomic import read_json
from training.planning.machine import memory_bytes
from training.planning.plan import Plan, plan_training
from training.planning.speed import CALIBRATION, Calibration, read_calibration
from training.specs.huggingface import spec_of_config
from training.specs.model import ModelSpec
from training.specs.packing import Isolation
from training.specs.train import TrainSpec
from training.specs.tuning import DEFAULT_LENGTH
from training.units import format_bytes, format_count, format_operations, format_seconds
from webapp.builder import wording
from webapp.builder.choices import Choices
from webapp.builder.drafts import Draft, Step
from webapp.builder.limits import limits, needed_memory
from webapp.jobs.references import STEP
from webapp.jobs.services.scheduling import free_disk_bytes

VERB = "train"
CONFIG = "config.json"
#: How many series colours there are.
_NUM_SLOTS = 8


@dataclass(frozen=True)
class Figure:
    """One number, written for people, and how it comes about."""

    key: str
    label: str
    value: str
    how: str
    #: Colour of its piece of the bar; 0 where it has none.
    slot: int = 0


@dataclass(frozen=True)
class Segment:
    """A piece of a stacked bar, in percent of its width; ``slot`` is a series colour."""

    label: str
    value: str
    start: float
    width: float
    slot: int


@dataclass(frozen=True)
class Section:
    """Figures that belong together; ``bar`` shows their shares, ``against`` all of it (percent of
    what there is)."""

    title: str
    headline: str
    figures: list[Figure]
    bar: list[Segment] = field(default_factory=list)
    against: float | None = None
    sentence: str = ""
    is_over: bool = False


@dataclass(frozen=True)
class Text:
    """What the run will read: sizes from the chosen results, 0 where they are not known."""

    vocab_size: int = 0
    num_tokens: int = 0
    #: Mean tokens of a document.
    document_length: int = 0


class Planner:
    """Plans the training step of a draft; what it reads for that is read once."""

    def __init__(self, draft: Draft, spec: TrainSpec, choices: Choices) -> None:
        step = draft.step(VERB)
        assert step is not None
        self.spec = spec
        self.text = text_of(draft, step, choices)
        self._base = base_model(spec.base, choices) if spec.base else None
        self._calibration = calibration()

    @property
    def knows_model(self) -> bool:
        """Whether there is an architecture to count."""
        return not self.spec.base or self._base is not None

    @property
    def sequence_length(self) -> int:
        """Tokens of a row, as the run will choose them; 0 while its base is not known."""
        if self.spec.sequence_length or not self.knows_model:
            return self.spec.sequence_length
        if self._base is not None:
            return min(DEFAULT_LENGTH, self._base.context_length)
        return self.spec.model.context_length

    def plan(self, spec: TrainSpec) -> Plan:
        """The plan of these settings on the draft's text and base."""
        is_apart = spec.packing.isolation == Isolation.DOCUMENT
        return plan_training(
            spec,
            vocab_size=self.text.vocab_size,
            tokens_at_hand=self.text.num_tokens,
            calibration=self._calibration,
            document_length=self.text.document_length if is_apart else 0,
            model=self._base,
        )

    def sections(self, packing: Section | None = None) -> list[Section]:
        """All figures, as they are shown; ``packing`` stands with those of the tokens."""
        if not self.knows_model:
            return [Section(_("Base model"), "", [], sentence=str(wording.UNKNOWN_BASE))]
        plan = self._asked
        return [
            _parameters(plan),
            _memory(plan),
            _time(plan),
            _data(plan, self.text),
            *([packing] if packing is not None else []),
            _work(plan),
            _disk(plan),
        ]

    def doubts(self) -> list[Problem]:
        """Where the machine is too small for the plan."""
        if not self.knows_model:
            return []
        memory, disk = memory_limit(self._asked), free_disk_bytes()
        return [*limits(self.spec, self._asked, self.plan, memory_bytes=memory, disk_bytes=disk)]

    @functools.cached_property
    def _asked(self) -> Plan:
        return self.plan(self.spec)


def memory_limit(plan: Plan) -> int:
    """Memory that the run's processes share; 0 where it is that of GPUs."""
    return memory_bytes() if plan.device == "cpu" else 0


def text_of(draft: Draft, step: Step, choices: Choices) -> Text:
    """Vocabulary and tokens by the manifests of what is chosen, or as the chain will make them."""
    reference = str(step.values.get("tokens") or "")
    tokens = choices.artifact(reference)
    if tokens is not None:
        counts = tokens.counts
        trained_on = counts.get("train_tokens") or counts.get("tokens")
        length = _number(counts.get("tokens")) // max(1, _number(counts.get("documents")))
        return Text(_number(counts.get("vocab_size")), _number(trained_on), length)
    scheme, _sep, key = reference.partition(":")
    maker = draft.step(key) if scheme == STEP else None
    return Text(_vocab_of_chain(draft, maker, choices)) if maker is not None else Text()


def base_model(reference: str, choices: Choices) -> ModelSpec | None:
    """The architecture of a base, from its folder's config or its run's settings; None: unknown."""
    artifact = choices.artifact(reference)
    try:
        if artifact is not None:
            return spec_of_config(read_json(artifact.folder / CONFIG))[0]
        job = dict(choices.folders).get(reference)
        if job is not None and job.verb == VERB and not job.spec.get("base"):
            return ModelSpec.model_validate(job.spec.get("model", {}))
    except (DataError, ValidationError):
        return None
    return None


def calibration() -> Calibration | None:
    """What was measured on this machine, if anything was."""
    return read_calibration(settings.TRAINYARD_HOME / CALIBRATION)


def _vocab_of_chain(draft: Draft, tokenize: Step, choices: Choices) -> int:
    reference = str(tokenize.values.get("tokenizer") or "")
    tokenizer = choices.artifact(reference)
    if tokenizer is not None:
        return _number(tokenizer.counts.get("vocab_size"))
    maker = draft.step(reference.partition(":")[2])
    if maker is None:
        return 0
    default = wording.default_of(maker.verb, "vocab_size")
    return _number(maker.values.get("vocab_size", default))


def _parameters(plan: Plan) -> Section:
    parts = _counts(plan.parameters)
    return Section(
        _("Parameters"),
        format_count(plan.parameters.total),
        _figures("parameters", parts, format_count),
        _bar(parts, format_count),
        sentence=_("The vocabulary is assumed to have %(size)s pieces.")
        % {"size": format_count(plan.vocab_size)}
        if plan.is_vocab_assumed
        else "",
    )


def _memory(plan: Plan) -> Section:
    parts = _counts(plan.memory)
    total, limit = needed_memory(plan), memory_limit(plan)
    is_over = bool(limit) and total > limit
    sizes = {"total": format_bytes(total), "limit": format_bytes(limit)}
    if is_over:
        sentence = _("Needs %(total)s, and this machine has %(limit)s.") % sizes
    elif limit:
        sentence = _("%(total)s of the %(limit)s of this machine.") % sizes
    else:
        sentence = _("%(total)s over all GPUs.") % sizes
    return Section(
        _("Memory"),
        format_bytes(total),
        _figures("memory", parts, format_bytes),
        _bar(parts, format_bytes),
        round(min(100.0, 100 * total / limit), 2) if limit else None,
        f"{sentence} {wording.PER_PROCESS}" if plan.num_processes > 1 else sentence,
        is_over,
    )


def _time(plan: Plan) -> Section:
    time = plan.time
    return Section(
        _("Time"),
        format_seconds(time.seconds),
        [
            _figure("seconds_per_step", format_seconds(time.seconds_per_step)),
            _figure("tokens_per_second", format_count(time.tokens_per_second)),
            _figure("flops_per_second", f"{format_operations(time.flops_per_second)}/s"),
            _figure("precision", f"{_machine(plan)}, {plan.precision}"),
        ],
        sentence=str(wording.MEASURED if time.is_measured else wording.GUESSED),
    )


def _machine(plan: Plan) -> str:
    if plan.device != "cpu":
        return f"{plan.num_processes} × {plan.device}"
    processes = ngettext("%(n)d process", "%(n)d processes", plan.num_processes)
    threads = ngettext("%(n)d thread", "%(n)d threads", plan.num_threads)
    return f"{processes % {'n': plan.num_processes}} × {threads % {'n': plan.num_threads}}"


def _data(plan: Plan, text: Text) -> Section:
    scaling = plan.scaling
    figures = [
        _figure("tokens_per_step", format_count(plan.tokens_per_step)),
        _figure("tokens_wanted", format_count(scaling.tokens_wanted)),
        _figure("tokens_per_parameter", f"{scaling.tokens_per_parameter:.1f}"),
    ]
    if text.num_tokens:
        figures.append(_figure("tokens_at_hand", format_count(text.num_tokens)))
        figures.append(_figure("epochs", f"{scaling.epochs:.2f}"))
    return Section(_("Tokens"), format_count(plan.num_tokens), figures, sentence=scaling.sentence)


def _work(plan: Plan) -> Section:
    return Section(
        _("Operations"),
        format_operations(plan.training_flops),
        [
            _figure("flops_forward", format_operations(plan.flops.forward)),
            _figure("flops_training", format_operations(plan.flops.training)),
            _figure("six_nd_flops", format_operations(plan.six_nd_flops)),
        ],
    )


def _disk(plan: Plan) -> Section:
    disk, free = plan.disk, free_disk_bytes()
    return Section(
        _("Disk"),
        format_bytes(disk.peak),
        [
            _figure("checkpoint_bytes", format_bytes(disk.checkpoint)),
            _figure("checkpoints_kept", format_count(disk.num_kept)),
            _figure("model_bytes", format_bytes(disk.model)),
        ],
        sentence=_("%(free)s are free.") % {"free": format_bytes(free)},
        is_over=disk.peak > free,
    )


def _figure(key: str, value: str) -> Figure:
    return Figure(key, wording.label(key), value, wording.how(key))


def _counts(parts: Any) -> dict[str, int]:
    """The numbers of a dataclass that are not 0, in their order."""
    values: Mapping[str, Any] = asdict(parts)
    return {key: value for key, value in values.items() if isinstance(value, int) and value}


def _figures(where: str, parts: Mapping[str, int], write: Callable[[float], str]) -> list[Figure]:
    return [
        Figure(f"{where}.{key}", wording.label(key), write(value), wording.how(key), _slot(number))
        for number, (key, value) in enumerate(parts.items())
    ]


def _bar(parts: Mapping[str, int], write: Callable[[float], str]) -> list[Segment]:
    segments, start, whole = [], 0.0, sum(parts.values())
    for number, (key, value) in enumerate(parts.items()):
        width = 100 * value / whole
        place = (round(start, 2), round(width, 2), _slot(number))
        segments.append(Segment(wording.label(key), write(value), *place))
        start += width
    return segments


def _slot(number: int) -> int:
    return number % _NUM_SLOTS + 1


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
