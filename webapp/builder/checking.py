"""What is wrong or doubtful in a draft, told at the field where it can be mended.

Every problem of every step at once: an input that was not chosen does not hide that the heads do
not divide the width. Nothing is written here, and no file is opened.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from training.errors import Problem, SpecError
from training.registry import VERBS
from training.specs.base import Spec
from training.specs.kernels import compiler_problem
from training.specs.train import TrainSpec
from webapp.builder.choices import Choices
from webapp.builder.drafts import Draft, Step, value_at
from webapp.builder.enough_tokens import too_large_batch
from webapp.builder.needed_tokens import lacking_tokens
from webapp.builder.schema import Kind, Leaf, Node, Part, Rows, Union, leaves, tree_of

#: Stands for an input that is not chosen yet, so that everything else can be judged.
_UNCHOSEN = f"job:{uuid.UUID(int=0)}"
_NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Finding:
    """A problem, or a doubt, at the field ``name``; ``title`` is the field's own.

    ``is_awaited``: nothing was entered there yet, which nobody has to be blamed for.
    """

    name: str
    title: str
    problem: Problem
    is_awaited: bool = False

    @property
    def sentence(self) -> str:
        """Without the field's path, which stands beside it anyway."""
        problem = self.problem
        bare = Problem(
            "", problem.message.removesuffix("."), problem.got, problem.expected, problem.hint
        )
        text = bare.sentence()
        return text[:1].upper() + text[1:]

    @property
    def fix(self) -> str:
        """What the button beside it sends: [[field name, value], ...] as JSON; "" without one."""
        key = self.name.partition(".")[0]
        pairs = [[f"{key}.{path}", value] for path, value in self.problem.fix]
        return json.dumps(pairs, default=str) if pairs else ""

    @property
    def fix_label(self) -> str:
        """What the button does, in words."""
        titles = dict(titles_of(self.name.partition(".")[0]))
        changes = (
            f"{titles.get(path, path)} = {', '.join(map(str, v)) if isinstance(v, list) else v}"
            for path, v in self.problem.fix
        )
        return _("Set %(changes)s") % {"changes": ", ".join(changes)}


@dataclass
class Findings:
    """The judgement on a draft. ``specs`` holds each step's spec as far as it can be read."""

    problems: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    specs: dict[str, Spec] = field(default_factory=dict)

    @property
    def awaited(self) -> list[Finding]:
        """Problems that are only something left to enter."""
        return [one for one in self.problems if one.is_awaited]

    @property
    def mistakes(self) -> list[Finding]:
        """The other problems."""
        return [one for one in self.problems if not one.is_awaited]

    def problems_at(self, name: str) -> list[Finding]:
        """Those that stand beside this field."""
        return [one for one in self.problems if one.name == name]

    def num_mistakes_of(self, step: Step) -> int:
        """How many problems a step has that are not only something left to enter."""
        return sum(one.name.partition(".")[0] == step.key for one in self.mistakes)

    def num_awaited_of(self, step: Step) -> int:
        """How many things are left to enter in a step."""
        return sum(one.name.partition(".")[0] == step.key for one in self.awaited)


def check(draft: Draft, choices: Choices) -> Findings:
    """Judge the steps that would be made."""
    findings = Findings()
    made = draft.made()
    for step in made:
        earlier = draft.steps[: draft.steps.index(step)]
        missing = list(_missing_inputs(step, choices, earlier))
        values = _with_placeholders(step, {problem.field for problem in missing})
        spec, problems = _parsed(step.verb, values)
        for problem in [*missing, *problems]:
            found = finding(step, problem)
            is_awaited = not draft.is_tried and _is_empty(step, found.name)
            findings.problems.append(dataclasses.replace(found, is_awaited=is_awaited))
        if spec is not None:
            findings.specs[step.key] = spec
            missing = [
                *lacking_tokens(spec, choices),
                *too_large_batch(spec, choices),
                *lacking_compiler(spec),
            ]
            findings.problems += [finding(step, problem) for problem in missing]
        findings.doubts += [finding(step, doubt) for doubt in _doubts(step.verb, values)]
    return findings


def lacking_compiler(spec: Spec) -> list[Problem]:
    """What is to be compiled and cannot be on this machine, on which runs are launched."""
    problem = compiler_problem(spec) if isinstance(spec, TrainSpec) else None
    return [] if problem is None else [problem]


def finding(step: Step, problem: Problem) -> Finding:
    """A problem of a step's spec at the field that shows it."""
    path, title = _shown_at(tree_of(step.verb), problem.field.split("."))
    return Finding(f"{step.key}.{path}".rstrip("."), title, problem)


def _is_empty(step: Step, name: str) -> bool:
    """Whether nothing was entered at this field, and nothing stands there by default."""
    path = name.partition(".")[2]
    leaf = dict(leaves(tree_of(step.verb))).get(path)
    is_filled = leaf is not None and leaf.default not in _NOTHING
    return bool(path) and not is_filled and value_at(step.values, path) in _NOTHING


def titles_of(verb: str) -> list[tuple[str, str]]:
    """(path, title) of every value of a verb's spec."""
    if verb not in VERBS:
        return []
    return [(path, leaf.title) for path, leaf in leaves(tree_of(verb))]


def _with_placeholders(step: Step, missing: Iterable[str]) -> dict[str, Any]:
    values = copy.deepcopy(step.values)
    for path in missing:
        values[path] = _UNCHOSEN
    return values


def _parsed(verb: str, values: dict[str, Any]) -> tuple[Spec | None, list[Problem]]:
    try:
        return VERBS[verb].load_spec().parse(values), []
    except SpecError as error:
        return None, error.problems


def _doubts(verb: str, values: dict[str, Any]) -> list[Problem]:
    """Also of settings that do not fit together, as long as each of them can be read."""
    try:
        spec: Spec = VERBS[verb].load_spec().model_validate(values)
    except ValidationError:
        return []
    return list(spec.doubts())


def _missing_inputs(step: Step, choices: Choices, earlier: list[Step]) -> Iterable[Problem]:
    for path, leaf in leaves(tree_of(step.verb)):
        if leaf.kind != Kind.ARTIFACT or "." in path:
            continue
        text = value_at(step.values, path)
        options = choices.options(leaf.artifact, earlier)
        if not text:
            if leaf.is_required:
                yield _unchosen(path, leaf, bool(options))
        elif not any(option.value == text for option in options):
            yield Problem(
                path, _("is not in this project"), got=str(text)[:80], hint=_("Choose another.")
            )


def _unchosen(path: str, leaf: Leaf, is_any: bool) -> Problem:
    if is_any:
        return Problem(path, _("is not chosen yet"), hint=_("Choose one from the list."))
    hint = _("Make one first, or build the whole chain from documents in one go.")
    return Problem(path, _("there is none in this project yet"), hint=hint)


def _shown_at(node: Node, names: list[str]) -> tuple[str, str]:
    """(path of the field, its title) for a problem's path, however deep that goes.

    Names of variants, which pydantic puts into its paths, are no fields of the form.
    """
    found: list[str] = []
    title = ""
    while names:
        name, names = names[0], names[1:]
        if isinstance(node, Union):
            variant = node.variants.get(name)
            if variant is not None:
                node = variant
                continue
            node = next(iter(node.variants.values()))
        inner = _child(node, name)
        if inner is None:
            break
        found.append(name)
        node, title = inner, inner.title or title
    return ".".join(found), title


def _child(node: Node, name: str) -> Node | None:
    if isinstance(node, Part):
        return next((one for one in node.children if one.name == name), None)
    if isinstance(node, Rows) and name.isdecimal():
        return node.item
    return None
