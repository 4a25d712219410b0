"""A draft as YAML and command lines, and back. What is shown runs without this server.

Inputs stand as paths relative to the home folder (``jobs/<id>/output``), where the command line
expects the file; read back, a path becomes the result of this project that lies there. No file is
opened for that: a path is only ever looked up among the project's rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from training.errors import Problem, SpecError
from training.registry import VERBS
from training.specs.base import Spec
from training.specs.reading import documents_of, lines_in, parse_document, text_of
from training.specs.writing import write_yaml
from webapp.builder.drafts import Draft, Step
from webapp.builder.schema import Rows, tree_of
from webapp.builder.values import ABSENT, MAX_ROWS, MAX_YAML_CHARS, fields, is_shallow, read
from webapp.jobs.models import Artifact, Job
from webapp.jobs.references import ARTIFACT, FOLDER, JOB, STEP
from webapp.projects.models import Project

#: Where the commands put what they make, below the home folder.
AGAIN = "again"


@dataclass(frozen=True)
class Shared:
    """One step as a file and as the command that runs it."""

    verb: str
    text: str
    command: str
    #: The name under which the command expects it in the home folder.
    file: str


def share(
    project: Project, steps: Iterable[tuple[str, Mapping[str, Any]]], chain: str = ""
) -> list[Shared]:
    """Steps (verb, data of the spec) with inputs as paths, each with its command.

    The commands of a ``chain`` read their steps from one file of that name.
    """
    listed = list(steps)
    texts = {text for verb, values in listed for text in _inputs(verb, values)}
    paths = _paths(project, texts)
    shared = []
    for verb, values in listed:
        moved = _moved(verb, values, lambda text: paths.get(text, text))
        body = {"verb": verb, "spec": moved}
        text = write_yaml(body)
        file = f"{chain or verb}.yaml"
        shared.append(Shared(verb, text, command_of(verb, file), file))
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
    return share(project, steps, draft.page if draft.is_chain else "")


def joined(shared: Iterable[Shared]) -> str:
    """All of it as one text, documents divided by lines of three dashes."""
    return "---\n".join(one.text for one in shared)


def command_of(verb: str, file: str) -> str:
    """The command that runs this verb of a file of the home folder."""
    home = '"$TRAINYARD_HOME'
    return f'python -m training {verb} {home}/{file}" --out {home}/{AGAIN}/{verb}"'


def take_yaml(project: Project, draft: Draft, data: bytes) -> list[Problem]:
    """Put a YAML text into the draft; what is wrong with it, each with line and field.

    Values that cannot be used are in the draft all the same, so that the form shows them.
    """
    try:
        text = text_of(data, _("The text"), MAX_YAML_CHARS)
    except SpecError as error:
        return error.problems
    documents = list(documents_of(text))
    if not documents:
        return [Problem("", _("There is no text"), hint=_("Paste settings, or choose a file."))]
    if len(documents) > len(draft.steps):
        counts = {"number": len(documents), "most": len(draft.steps)}
        message = _("There are %(number)d documents, and this page has %(most)d to fill") % counts
        return [Problem("", message)]
    return [problem for document in documents for problem in _take(project, draft, document)]


def _take(project: Project, draft: Draft, document: tuple[int, str]) -> list[Problem]:
    try:
        data = parse_document(document, _("The text"))
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
    problems = _taken(project, step, values)
    return _at_lines(problems, document, "spec." if is_whole else "") if problems else []


def _taken(project: Project, step: Step, values: Any) -> list[Problem]:
    spec_class = VERBS[step.verb].load_spec()
    if isinstance(values, dict):
        values = _moved(step.verb, values, _reader(project))
        if too_long := list(_too_long(step.verb, values)):
            return too_long
    try:
        values = spec_class.parse(values).to_dict()
    except SpecError as error:
        if isinstance(values, dict):
            step.values = _as_shown(step.verb, values)
        return error.problems
    step.values = {key: value for key, value in values.items() if key != "version"}
    return []


def _too_long(verb: str, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Lists of which a form would lose the end."""
    for node in tree_of(verb).children:
        entries = values.get(node.name)
        if isinstance(node, Rows) and isinstance(entries, list) and len(entries) > MAX_ROWS:
            yield Problem(
                node.name,
                _("has more entries than a page can show"),
                got=str(len(entries)),
                expected=_("at most %(most)d") % {"most": MAX_ROWS},
                hint=_("Use the command line, or name a folder instead of its files."),
            )


def _as_shown(verb: str, values: dict[str, Any]) -> dict[str, Any]:
    """What a form can hold of these values: what it has no field for is told once, and gone."""
    sent: dict[str, list[str]] = {}
    for name, text in fields(tree_of(verb), "", values):
        sent.setdefault(name, []).append(text)
    found = read(tree_of(verb), "", sent)
    return {} if found is ABSENT else dict(found)


def _at_lines(problems: list[Problem], document: tuple[int, str], start: str) -> list[Problem]:
    lines_before, text = document
    line_of, placed = lines_in(text), []
    for one in problems:
        line = line_of(f"{start}{one.field}" if one.field else start.rstrip("."))
        where = one.field
        if line is not None:
            where = _("line %(line)d, %(field)s") % {"line": lines_before + line, "field": where}
        placed.append(Problem(where.rstrip(", "), one.message, one.got, one.expected, one.hint))
    return placed


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
