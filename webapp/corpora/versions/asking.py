"""Questions to the helper about a version, by artifact; the helper alone knows folders."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from training.folder.artifact import MANIFEST
from webapp.core.errors import ApplicationError
from webapp.corpora.versions import selectors
from webapp.corpora.versions.choice import PAGE_SIZE, Choice, whole_rules
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact


def ask_filter(corpus: Artifact, choice: Choice) -> dict[str, Any]:
    """The funnel of the chosen rules and a page of documents; ApplicationError says why not."""
    answer: dict[str, Any] = helper_call(
        "filter_corpus",
        folder=version_folder(corpus),
        rules=choice.rules,
        show=choice.show if choice.rule or choice.show != "rule" else "dropped",
        rule=choice.rule,
        order=choice.order if choice.show == "rule" else "random",
        seed=choice.seed,
        offset=choice.offset,
        limit=PAGE_SIZE,
    )
    return answer


def ask_rules(
    corpus: Artifact, *, preset: str, rules: dict[str, Any], **page: Any
) -> dict[str, Any]:
    """As `ask_filter`, for rules that are given in part; SpecError names what is wrong."""
    answer: dict[str, Any] = helper_call(
        "filter_corpus",
        folder=version_folder(corpus),
        rules=whole_rules(selectors.stored_rules(corpus), preset, rules),
        **page,
    )
    return answer


def ask_document(
    corpus: Artifact, index: int, choice: Choice, *, phrase: str = "", ignore_case: bool = False
) -> dict[str, Any]:
    """One document whole, with the places of a phrase or of the chosen rule."""
    answer: dict[str, Any] = helper_call(
        "read_document",
        folder=version_folder(corpus),
        index=index,
        rules=choice.rules,
        rule=choice.rule,
        phrase=phrase,
        ignore_case=ignore_case,
    )
    return answer


def ask_difference(corpus: Artifact, other: Artifact, choice: Choice, show: str) -> dict[str, Any]:
    """What one keeps and the other does not."""
    answer: dict[str, Any] = helper_call(
        "compare_corpora",
        folder=version_folder(corpus),
        other=version_folder(other),
        show=show,
        seed=choice.seed,
        offset=choice.offset,
        limit=PAGE_SIZE,
    )
    return answer


def version_folder(corpus: Artifact) -> str:
    """The folder as the helper is told it; ApplicationError when it is gone."""
    if not (corpus.folder / MANIFEST).is_file():
        message = _("The folder of this version is missing on the server. Clean again.")
        raise ApplicationError(message, status_code=HTTPStatus.CONFLICT)
    return str(corpus.folder)
