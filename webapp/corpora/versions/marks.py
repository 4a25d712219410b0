"""What the address says besides rules: documents and sources that stay, presets by language.

Each is told as a change to the version, in the order in which it was asked: ``keep=doc:ID`` and
``keep=source:NAME`` mark, ``keep=not:doc:ID`` takes a mark back; ``route=zh:chinese_web`` gives a
language rules of its own, ``route=zh:`` takes them away. The last word counts. A button says the
same as ``keep_one`` or ``route_one``: what it says comes after what the form holds.
"""

from __future__ import annotations

import re

from django.http import QueryDict
from django.utils.translation import gettext as _

from training.corpus.keeping import AlwaysKept
from training.registry import RULE_PRESETS
from training.specs.languages import LANGUAGES

#: An address must not grow without end.
MOST_CHANGES = 100
_NOT = "not:"
_DOCUMENT, _SOURCE = "doc:", "source:"
_DOC_ID = re.compile("[0-9a-fA-F]{32}")

Routes = dict[str, str]


def read_marks(parameters: QueryDict, stored: AlwaysKept) -> tuple[AlwaysKept, str]:
    """The marks after all changes, and what is wrong with one of them."""
    documents, sources, trouble = set(stored.doc_ids), set(stored.sources), ""
    typed = [f"{_DOCUMENT}{one}" for one in parameters.get("keep_ids", "").split()]
    for token in [*parameters.getlist("keep"), *typed, *parameters.getlist("keep_one")]:
        names = token.removeprefix(_NOT)
        is_taken_back = names != token
        if names.startswith(_SOURCE) and len(names) > len(_SOURCE):
            _change(sources, names.removeprefix(_SOURCE), is_taken_back=is_taken_back)
        elif _DOC_ID.fullmatch(doc_id := names.removeprefix(_DOCUMENT)):
            _change(documents, doc_id.lower(), is_taken_back=is_taken_back)
        else:
            trouble = _(
                "%(text)s is not the id of a document, which has 32 digits from 0 to f."
            ) % {"text": repr(doc_id[:40])}
    marks = AlwaysKept.of([*documents], [*sources])
    if len(mark_changes(stored, marks)) > MOST_CHANGES:
        trouble = _("At most %(most)s marks at a time: save a version, then mark more.") % {
            "most": MOST_CHANGES
        }
        return stored, trouble
    return marks, trouble


def mark_changes(stored: AlwaysKept, marks: AlwaysKept) -> list[str]:
    """The changes as the address has them."""
    pairs = [(_DOCUMENT, stored.doc_ids, marks.doc_ids), (_SOURCE, stored.sources, marks.sources)]
    changes = []
    for kind, before, now in pairs:
        changes += [f"{kind}{one}" for one in sorted({*now} - {*before})]
        changes += [f"{_NOT}{kind}{one}" for one in sorted({*before} - {*now})]
    return changes


def read_routes(parameters: QueryDict, stored: Routes) -> tuple[Routes, str]:
    """Language -> preset after all changes, and what is wrong with one of them."""
    routes, trouble = dict(stored), ""
    tokens = [*parameters.getlist("route"), *parameters.getlist("route_one")]
    if parameters.get("add_route"):
        tokens.append(
            f"{parameters.get('route_language', '').strip()}:{parameters.get('route_preset', '')}"
        )
    for token in tokens:
        language, _colon, preset = token.partition(":")
        if language not in LANGUAGES:
            trouble = _("%(text)s is not a known language code; use en, zh, de and the like.") % {
                "text": repr(language[:20])
            }
        elif not preset:
            routes.pop(language, None)
        elif preset not in RULE_PRESETS:
            trouble = _("There is no preset %(text)s.") % {"text": repr(preset[:40])}
        else:
            routes[language] = preset
    return dict(sorted(routes.items())), trouble


def route_changes(stored: Routes, routes: Routes) -> list[str]:
    """The changes as the address has them."""
    changed = [f"{one}:{preset}" for one, preset in routes.items() if stored.get(one) != preset]
    return changed + [f"{one}:" for one in stored if one not in routes]


def _change(names: set[str], name: str, *, is_taken_back: bool) -> None:
    if is_taken_back:
        names.discard(name)
    else:
        names.add(name)
