"""An objective brings the model that it needs: set at once, told beside it, undone by one button.

Only when the objective is changed in the form, and only settings of the model that the objective
itself asks for (``training.specs.objective_problems``). Whoever takes it back is not overruled: the
form remembers for which objective the model was settled.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from training.errors import Problem
from training.specs.objective_problems import objective_problems
from training.specs.train import TrainSpec
from webapp.builder.checking import titles_of
from webapp.builder.drafts import Draft, Step, value_at
from webapp.builder.wording import default_of

_VERB, _OBJECTIVE, _MODEL = "train", "objective", "model."
#: A fix may bring the next one; more rounds than these are none that end.
_MOST_ROUNDS = 4


@dataclass(frozen=True)
class Settled:
    """What was set with the objective: sentences, and what the button to undo it sends."""

    name: str
    why: str
    changes: str
    undo: str


def objective_of(draft: Draft) -> str:
    """The objective of the draft's training; "" without one."""
    step = draft.step(_VERB)
    if step is None:
        return ""
    return str(step.values.get(_OBJECTIVE) or default_of(_VERB, _OBJECTIVE))


def settle(draft: Draft, settled_for: str) -> Settled | None:
    """Set what a changed objective needs of the model; None where nothing had to be set."""
    step = draft.step(_VERB)
    if step is None or not settled_for or objective_of(draft) == settled_for:
        return None
    before: dict[str, Any] = {}
    why = ""
    for _round in range(_MOST_ROUNDS):
        problem = _first_problem(step)
        if problem is None:
            break
        why = why or problem.message
        for path, value in problem.fix:
            before.setdefault(path, _value(step, path))
            draft.set(f"{_VERB}.{path}", str(value) if isinstance(value, str) else value)
    if not before:
        return None
    titles = dict(titles_of(_VERB))
    changes = [f"{titles.get(path, path)} = {_value(step, path)}" for path in before]
    undo = [[f"{_VERB}.{path}", value] for path, value in before.items()]
    return Settled(
        f"{_VERB}.{_OBJECTIVE}",
        why[:1].upper() + why[1:],
        _("Set with it: %(changes)s.") % {"changes": ", ".join(changes)},
        json.dumps(undo, default=str),
    )


def _first_problem(step: Step) -> Problem | None:
    """The first that setting the model mends and that the objective brings."""
    try:
        spec = TrainSpec.model_validate(step.values)
    except ValidationError:
        return None
    for problem in objective_problems(spec):
        if problem.fix and all(path.startswith(_MODEL) for path, _value in problem.fix):
            return problem
    return None


def _value(step: Step, path: str) -> Any:
    found = value_at(step.values, path)
    return default_of(_VERB, path) if found is None else found
