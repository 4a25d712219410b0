"""What the buttons inside the form do to a draft; none of them starts anything.

Every button sends the whole form, so a draft loses nothing by any of them, with script or without.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from training.errors import Problem
from webapp.builder.checking import Finding
from webapp.builder.drafts import Draft, value_at
from webapp.builder.presets import MAX_DEPTH, MIN_DEPTH, depth_values, preset_values
from webapp.builder.values import COUNT, MAX_ROWS, as_index, is_shallow

_MAX_NESTING = 12


def act(draft: Draft, sent: QueryDict) -> list[Finding]:
    """Do what the pressed button asks, and say why not where a person may have meant otherwise.

    Unknown or damaged requests change nothing.
    """
    for name, action in _ACTIONS.items():
        if name in sent:
            action(draft, str(sent[name]), sent)
    return _no_depth(sent) if "dial" in sent else []


def _fix(draft: Draft, text: str, sent: QueryDict) -> None:
    """Set fields: [[name, value], ...] as JSON, as a problem offers it."""
    try:
        pairs = json.loads(text)
    except (ValueError, RecursionError):
        return
    for pair in pairs if isinstance(pairs, list) and is_shallow(pairs, _MAX_NESTING) else []:
        is_pair = isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
        if is_pair and pair[0].count(".") < _MAX_NESTING:
            draft.set(pair[0], pair[1])


def _preset(draft: Draft, text: str, sent: QueryDict) -> None:
    """``<verb>:<preset>``."""
    verb, _colon, name = text.partition(":")
    _set_all(draft, verb, preset_values(verb, name))


def _dial(draft: Draft, verb: str, sent: QueryDict) -> None:
    """A model by its depth."""
    _set_all(draft, verb, depth_values(sent.get("depth", "")))


def _no_depth(sent: QueryDict) -> list[Finding]:
    text = sent.get("depth", "")
    if depth_values(text):
        return []
    expected = _("%(least)d to %(most)d") % {"least": MIN_DEPTH, "most": MAX_DEPTH}
    problem = Problem("", _("is no depth"), got=repr(text[:20]), expected=expected)
    return [Finding("depth", _("Depth"), problem)]


def _mode(draft: Draft, text: str, sent: QueryDict) -> None:
    draft.is_advanced = text == "advanced"


def _unfold(draft: Draft, key: str, sent: QueryDict) -> None:
    if len(draft.open) < MAX_ROWS:
        draft.open.add(key)


def _fold(draft: Draft, key: str, sent: QueryDict) -> None:
    draft.open.discard(key)


def _add(draft: Draft, name: str, sent: QueryDict) -> None:
    """Another entry of a list."""
    items = _items(draft, name)
    if items is not None and len(items) < MAX_ROWS:
        draft.set(name.removesuffix(f".{COUNT}"), [*items, {}])


def _remove(draft: Draft, name: str, sent: QueryDict) -> None:
    """One entry of a list: ``<list>.<number>``."""
    parent, _dot, number = name.rpartition(".")
    items, index = _items(draft, f"{parent}.{COUNT}"), as_index(number)
    if items is not None and index is not None:
        draft.set(parent, [*items[:index], *items[index + 1 :]])


def _items(draft: Draft, name: str) -> list[Any] | None:
    key, _dot, path = name.removesuffix(f".{COUNT}").partition(".")
    step = draft.step(key)
    if step is None or not name.endswith(COUNT):
        return None
    found = value_at(step.values, path)
    return found if isinstance(found, list) else []


def _set_all(draft: Draft, verb: str, values: Mapping[str, Any]) -> None:
    for path, value in values.items():
        draft.set(f"{verb}.{path}", value)


_ACTIONS: dict[str, Callable[[Draft, str, QueryDict], None]] = {
    "mode": _mode,
    "unfold": _unfold,
    "fold": _fold,
    "set": _fix,
    "preset": _preset,
    "dial": _dial,
    "add": _add,
    "remove": _remove,
}
