"""A draft: the steps of one builder page with what was filled in so far. It lives in the form.

A page builds one job, or a chain from documents to a report. Of a chain only those steps are made
that a wanted step reads from: a section whose result is replaced by an existing artifact falls
away by itself. Steps are named by their verb in fields and references (``step:tokenize``).
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from training.recipes import CHAIN, TUNING_CHAIN, default_inputs
from training.registry import VERBS
from webapp.builder.schema import Kind, leaves, tree_of
from webapp.builder.values import ABSENT, Sent, as_index, read
from webapp.core.visible import visible
from webapp.jobs.models import Job
from webapp.jobs.references import STEP

#: Pages that build a whole chain: its verbs, and what it is called.
CHAINS: dict[str, tuple[tuple[str, ...], str | Promise]] = {
    "chain": (CHAIN, _("From documents to a model")),
    "tuning": (TUNING_CHAIN, _("From examples to a tuned model")),
}
#: Steps of the chain that are made though no other step reads them: the last one if asked for.
_GOALS = ("train", "report")
_SWITCHED = "report"
_MAX_TITLE_CHARS = 120
MADE = "@make"
#: Where a page begins otherwise than the command line: versions are many, and share their texts.
_BEGINNINGS: dict[str, dict[str, Any]] = {"clean": {"text_files": False}}


@dataclass
class Step:
    """One job to be: its verb, and the plain data of its spec as far as it was filled in."""

    verb: str
    values: dict[str, Any] = field(default_factory=dict)
    is_goal: bool = True
    may_be_left_out: bool = False
    is_wanted: bool = True
    #: Why the job failed whose settings these were; "" for one that did not.
    failure: str = ""

    @property
    def key(self) -> str:
        """Start of the names of its fields."""
        return self.verb

    def references(self) -> Iterator[str]:
        """Texts of all its artifact fields that hold one."""
        for path, leaf in leaves(tree_of(self.verb)):
            if leaf.kind == Kind.ARTIFACT and (text := value_at(self.values, path)):
                yield str(text)


@dataclass
class Draft:
    """What a builder page shows. ``key``: two sends with the same one are the same wish."""

    page: str
    steps: list[Step]
    title: str = ""
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    is_advanced: bool = False
    #: Whether it was to be started and could not: what is missing is a mistake from then on.
    is_tried: bool = False
    #: Sections of a chain, and groups of a long form, that are open. Of the others the form holds
    #: only what is unusual.
    open: set[str] = field(default_factory=set)
    #: The job that it started from, if any.
    origin: Job | None = None
    #: The jobs whose settings its steps had at first: the origin alone, or all of its group.
    started_from: list[Job] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What is built, as people call it."""
        return str(CHAINS[self.page][1] if self.is_chain else VERBS[self.page].title)

    @property
    def is_chain(self) -> bool:
        """Whether several jobs may come of it."""
        return self.page in CHAINS

    def step(self, key: str) -> Step | None:
        """The step whose fields begin with ``key``."""
        return next((one for one in self.steps if one.key == key), None)

    def made(self) -> list[Step]:
        """The steps that become jobs, in their order."""
        wanted = {one.key for one in self.steps if one.is_goal and one.is_wanted}
        for step in reversed(self.steps):
            if step.key in wanted:
                named = (text.partition(":") for text in step.references())
                wanted |= {key for scheme, _, key in named if scheme == STEP}
        return [one for one in self.steps if one.key in wanted]

    def set(self, name: str, value: Any) -> bool:
        """Set the value at a field's name ("train.model.width"); False when there is no step."""
        key, _, path = name.partition(".")
        step = self.step(key)
        if step is None or not path:
            return False
        step.values = with_value(step.values, path, value)
        return True


def new_draft(page: str, offered: Mapping[str, Sequence[str]] | None = None) -> Draft | None:
    """An untouched draft; None when there is no such page.

    ``offered`` holds references to what is there, by artifact kind: the only one is taken.
    """
    if page in CHAINS:
        return Draft(page, _chain(CHAINS[page][0]))
    if page not in VERBS:
        return None
    step = Step(page, dict(_BEGINNINGS.get(page, {})))
    for name, kind in _required_inputs(page):
        there = (offered or {}).get(kind, ())
        if len(there) == 1:
            step.values[name] = there[0]
    return Draft(page, [step])


def use_result(draft: Draft, kind: str, reference: str) -> None:
    """Take this result where one of its kind is asked for, in a chain instead of making it."""
    makers = [step.key for step in draft.steps if VERBS[step.verb].produces == kind]
    replaced = f"{STEP}:{makers[0]}" if makers else ""
    for step in draft.steps:
        kinds = VERBS[step.verb].load_spec().artifact_fields()
        for name in [name for name, one in kinds.items() if one == kind][:1]:
            if not draft.is_chain or step.values.get(name) == replaced:
                step.values[name] = reference


def fill(draft: Draft, sent: Sent) -> None:
    """Put what a form sent into the draft; fields that were not sent keep the spec's default."""
    draft.title = visible("".join(sent.get("title", [""])[-1:]))[:_MAX_TITLE_CHARS]
    draft.key = "".join(sent.get("key", [""])[-1:])[:40] or draft.key
    draft.is_advanced = sent.get("shown", [""])[-1] == "advanced"
    draft.is_tried = "start" in sent or sent.get("tried", [""])[-1] == "1"
    draft.open = set(sent.get("open", []))
    for step in draft.steps:
        found = read(tree_of(step.verb), "", _below(step.key, sent))
        step.values = {} if found is ABSENT or found is None else found
        made = sent.get(f"{step.key}.{MADE}")
        if step.may_be_left_out and made:
            step.is_wanted = made[-1] == "on"


def fill_named(draft: Draft, named: Sent) -> None:
    """Put the fields that an address names over what is in the draft; the others stay."""
    for step in draft.steps:
        found = read(tree_of(step.verb), "", _below(step.key, named))
        if isinstance(found, dict):
            step.values |= found


def value_at(values: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    for name in path.split("."):
        index = as_index(name)
        if isinstance(values, list) and index is not None and index < len(values):
            values = values[index]
        elif isinstance(values, dict):
            values = values.get(name)
        else:
            return None
    return values


def with_value(values: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A deep copy with the value at the dotted path; parts on the way are made."""
    changed: dict[str, Any] = copy.deepcopy(dict(values))
    *parents, last = path.split(".")
    place: Any = changed
    for name in parents:
        if isinstance(place, list):
            index = as_index(name)
            if index is None or index >= len(place):
                return changed
            place = place[index]
            continue
        if not isinstance(place.get(name), dict | list):
            place[name] = {}
        place = place[name]
    if isinstance(place, dict):
        place[last] = value
    elif (index := as_index(last)) is not None and index < len(place):
        place[index] = value
    return changed


def _chain(verbs: Sequence[str]) -> list[Step]:
    links = default_inputs(verbs)
    return [
        Step(
            verb,
            {name: f"{STEP}:{source}" for name, source in links[verb].items()}
            | _BEGINNINGS.get(verb, {}),
            is_goal=verb in _GOALS,
            may_be_left_out=verb == _SWITCHED,
        )
        for verb in verbs
    ]


def _required_inputs(verb: str) -> Iterator[tuple[str, str]]:
    for path, leaf in leaves(tree_of(verb)):
        if leaf.kind == Kind.ARTIFACT and leaf.is_required and "." not in path:
            yield path, leaf.artifact


def _below(key: str, sent: Sent) -> dict[str, list[str]]:
    start = f"{key}."
    return {
        name.removeprefix(start): texts for name, texts in sent.items() if name.startswith(start)
    }
