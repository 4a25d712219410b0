"""Sentences for users go through gettext: none is a plain text where it is raised or answered."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.conftest import REPOSITORY

#: Who tells a user something -> which argument holds the sentence.
TELLERS = {
    "ApplicationError": 0,
    "error_body": 0,
    "PermissionDenied": 0,
    "Http404": 0,
    "ParseError": 0,
    "ValidationError": 0,
    "success": 1,
    "add_error": 1,
}


def plain_sentences(source: str) -> Iterator[str]:
    """Calls that hand on a text as it stands in the source."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        place = TELLERS.get(name)
        if place is not None and len(node.args) > place and _is_plain(node.args[place]):
            yield f"{node.lineno}: {ast.unparse(node)}"


def _is_plain(argument: ast.expr) -> bool:
    is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return is_text or isinstance(argument, ast.JoinedStr)


def test_every_sentence_for_a_user_goes_through_gettext() -> None:
    files = sorted((REPOSITORY / "webapp").rglob("*.py"))
    found = {path.name: list(plain_sentences(path.read_text())) for path in files}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_plain_sentence_is_noticed() -> None:
    source = """error_body("No."); raise ApplicationError(f"No {name}."); error_body(_("No."))"""
    assert len(list(plain_sentences(source))) == 2
