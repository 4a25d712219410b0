"""A draft as YAML and command lines, and back. What is shown runs without this server.

Inputs stand as paths relative to the home folder (``jobs/<id>/output``), where the command line
expects the file; read back, a path becomes the result of this project that lies there. No file is
opened for that: a path is only ever looked up among the project's rows.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml
from django.utils.translation import gettext as _

from training.errors import Problem, SpecError
from training.registry import VERBS
from training.specs.base import Spec
from training.specs.reading import line_of, parse_yaml
from webapp.builder.drafts import Draft, Step
from webapp.builder.values import is_shallow
from webapp.jobs.models import Artifact, Job
from webapp.jobs.references import ARTIFACT, FOLDER, JOB, STEP
from webapp.projects.models import Project

#: Where the commands put what they make, below the home folder.
AGAIN = "again"
_BETWEEN = re.compile(r"(?m)^---[ \t]*$\n?")
MAX_YAML_CHARS = 1 << 20


@dataclass(frozen=True)
class Shared:
    """One step as a file and as the command that runs it."""

    verb: str
    text: str
    command: str

    @property
    def file(self) -> str:
        """The name under which the command expects it in the home folder."""
        return f"{self.verb}.yaml"


def share(project: Project, steps: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Shared]:
    """Steps (verb, data of the spec) with inputs as paths, each with its command."""
    listed = list(steps)
    texts = {text for verb, values in listed for text in _inputs(verb, values)}
    paths = _paths(project, texts)
    shared = []
    for verb, values in listed:
        moved = _moved(verb, values, lambda text: paths.get(text, text))
        body = {"verb": verb, "spec": moved}
        text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True)
        shared.append(Shared(verb, text, command_of(verb)))
    return shared


def share_draft(
    project: Project, draft: Draft, specs: Mapping[str, Spec], gone: Iterable[str] = ()
) -> list[Shared]:
    """The steps that would be made; whole specs where they are valid, else what was filled in."""
    without = set(gone)
    steps = []
    for step in draft.made():
        spec = specs.get(step.key)
        values = spec.to_dict() if spec is not None else dict(step.values)
        for name in VERBS[step.verb].load_spec().artifact_fields():
            if f"{step.key}.{name}" in without:
                values.pop(name, None)
        steps.append((step.verb, values))
    return share(project, steps)


def joined(shared: Iterable[Shared]) -> str:
    """All of it as one text, documents divided by lines of three dashes."""
    return "---\n".join(one.text for one in shared)


def command_of(verb: str) -> str:
    """The command that runs ``<verb>.yaml`` of the home folder."""
    home = '"$TRAINYARD_HOME'
    return f'python -m training {verb} {home}/{verb}.yaml" --out {home}/{AGAIN}/{verb}"'


def take_yaml(project: Project, draft: Draft, text: str) -> list[Problem]:
    """Put pasted YAML into the draft; what is wrong with it, each with line and field.

    Values that cannot be used are in the draft all the same, so that the form shows them.
    """
    problems: list[Problem] = []
    line = 0
    for document in _BETWEEN.split(text[:MAX_YAML_CHARS]):
        if document.strip():
            problems += _take(project, draft, document, line)
        line += document.count("\n") + 1
    return problems


def _take(project: Project, draft: Draft, document: str, first_line: int) -> list[Problem]:
    try:
        data = parse_yaml("\n" * first_line + document, _("The text"))
    except SpecError as error:
        return error.problems
    is_whole = isinstance(data, dict) and data.keys() == {"verb", "spec"}
    verb = str(data["verb"]) if is_whole and isinstance(data, dict) else draft.steps[-1].verb
    values = data["spec"] if is_whole and isinstance(data, dict) else data
    if not is_shallow(data):
        return [Problem("", _("nests deeper than any spec does"))]
    step = draft.step(verb)
    if step is None:
        known = ", ".join(one.verb for one in draft.steps)
        message = _("is of a verb that this page does not build")
        return [Problem("verb", message, got=verb[:80], expected=known)]
    if draft.is_chain and not is_whole:
        message = _("a chain needs the verb and the spec of each step")
        return [Problem("", message, expected=_('documents of the form "verb: …" and "spec: …"'))]
    start = "spec." if is_whole else ""
    return [
        _at_line(problem, document, start, first_line) for problem in _taken(project, step, values)
    ]


def _taken(project: Project, step: Step, values: Any) -> list[Problem]:
    spec_class = VERBS[step.verb].load_spec()
    if isinstance(values, dict):
        values = _moved(step.verb, values, _reader(project))
    try:
        values = spec_class.parse(values).to_dict()
        problems: list[Problem] = []
    except SpecError as error:
        problems = error.problems
    if isinstance(values, dict):
        step.values = {str(key): value for key, value in values.items() if key != "version"}
    return problems


def _at_line(problem: Problem, document: str, start: str, first_line: int) -> Problem:
    line = line_of(document, f"{start}{problem.field}" if problem.field else start.rstrip("."))
    if line is None:
        return problem
    where = _("line %(line)d, %(field)s") % {"line": first_line + line, "field": problem.field}
    return Problem(where.rstrip(", "), problem.message, problem.got, problem.expected, problem.hint)


def _inputs(verb: str, values: Mapping[str, Any]) -> list[str]:
    found: list[str] = []

    def collect(text: str) -> str:
        found.append(text)
        return text

    _moved(verb, values, collect)
    return found


def _moved(verb: str, values: Mapping[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
    moved: dict[str, Any] = VERBS[verb].load_spec().with_moved_inputs(dict(values), move)
    return moved


def _paths(project: Project, texts: Iterable[str]) -> dict[str, str]:
    """{reference: path relative to the home} of those that can be told."""
    found, artifacts = {}, {}
    for text in texts:
        scheme, _sep, name = text.partition(":")
        name, _slash, inside = name.partition("/")
        if scheme == STEP:
            found[text] = f"{AGAIN}/{name}/output"
        elif not _is_id(name):
            continue
        elif scheme == JOB:
            found[text] = f"jobs/{name}/output"
        elif scheme == FOLDER:
            found[text] = str(PurePosixPath("jobs", name, inside))
        elif scheme == ARTIFACT:
            artifacts[text] = (name, inside)
    rows = Artifact.objects.filter(
        project=project, pk__in={name for name, _i in artifacts.values()}
    )
    paths = {str(row.pk): row.path for row in rows}
    for text, (name, inside) in artifacts.items():
        if name in paths:
            found[text] = str(PurePosixPath(paths[name], inside))
    return found


def _reader(project: Project) -> Callable[[str], str]:
    """What turns a path as `share` writes it back into a reference; other texts stay."""

    def read(text: str) -> str:
        parts = PurePosixPath(text).parts
        if len(parts) == 3 and parts[0] == AGAIN and parts[2] == "output":
            return f"{STEP}:{parts[1]}"
        artifact = Artifact.objects.filter(project=project, path=text).first()
        if artifact is not None:
            return f"{ARTIFACT}:{artifact.pk}"
        if len(parts) < 2 or parts[0] != "jobs" or not _is_id(parts[1]):
            return text
        if not Job.objects.filter(project=project, pk=parts[1]).exists():
            return text
        if parts[2:] == ("output",):
            return f"{JOB}:{parts[1]}"
        return "/".join([f"{FOLDER}:{parts[1]}", *parts[2:]])

    return read


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
