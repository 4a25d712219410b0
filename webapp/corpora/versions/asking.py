"""Questions to the helper about a version, by artifact; the helper alone knows folders."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from training.folder.artifact import MANIFEST
from webapp.core.errors import ApplicationError
from webapp.corpora.versions.choice import PAGE_SIZE, Choice, whole_rules
from webapp.corpora.versions.stored import Stored
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact


def ask_filter(corpus: Artifact, choice: Choice) -> dict[str, Any]:
    """The funnel of the chosen rules and a page of documents; ApplicationError says why not."""
    answer: dict[str, Any] = helper_call(
        "filter_corpus",
        folder=version_folder(corpus),
        **choice.tried,
        show=choice.show if choice.rule or choice.show != "rule" else "dropped",
        rule=choice.rule,
        order=choice.order if choice.show == "rule" else "random",
        seed=choice.seed,
        offset=choice.offset,
        limit=PAGE_SIZE,
    )
    return answer


def ask_rules(
    corpus: Artifact,
    *,
    preset: str,
    rules: dict[str, Any],
    routes: dict[str, str] | None,
    always_keep: list[str] | None,
    always_keep_sources: list[str] | None,
    **page: Any,
) -> dict[str, Any]:
    """As `ask_filter`, for rules that are given in part; SpecError names what is wrong.

    Routes and marks that are None are as in the version.
    """
    stored = Stored.of(corpus)
    marks = stored.marks.as_dict()
    marks |= {"doc_ids": always_keep} if always_keep is not None else {}
    marks |= {"sources": always_keep_sources} if always_keep_sources is not None else {}
    answer: dict[str, Any] = helper_call(
        "filter_corpus",
        folder=version_folder(corpus),
        rules=whole_rules(stored.rules, preset, rules),
        routes=routes,
        keep=None if marks == stored.marks.as_dict() else marks,
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
        **choice.tried,
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
