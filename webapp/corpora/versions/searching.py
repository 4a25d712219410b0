"""Search in a version: what the address asks, the helper's answer, and its rows for the page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from training.specs.search import Among
from webapp.corpora.versions.asking import version_folder
from webapp.corpora.versions.pages import origin_words
from webapp.jobs.helper import helper_call
from webapp.jobs.models import Artifact

PAGE_SIZE = 10
_MAX_DOCUMENT = 1 << 40


@dataclass(frozen=True)
class Wanted:
    """A search as the address has it. Without a phrase there is none."""

    phrase: str = ""
    ignore_case: bool = False
    among: Among = Among.KEPT
    first: int = 0

    def query(self) -> str:
        """The shortest address that asks the same, without the place to go on."""
        parameters = QueryDict(mutable=True)
        if self.phrase:
            parameters["phrase"] = self.phrase
        if self.ignore_case:
            parameters["ignore_case"] = "on"
        if self.among != Among.KEPT:
            parameters["among"] = self.among
        return parameters.urlencode()


def read_wanted(parameters: QueryDict) -> Wanted:
    """Anything may come in; what cannot be meant counts as left out."""
    among, first = parameters.get("among", ""), parameters.get("first", "")
    is_number = first.isascii() and first.isdigit() and len(first) < 15
    return Wanted(
        phrase=parameters.get("phrase", "").strip(),
        ignore_case=parameters.get("ignore_case", "") in {"on", "true", "1"},
        among=Among.ALL if among == Among.ALL else Among.KEPT,
        first=min(int(first), _MAX_DOCUMENT) if is_number else 0,
    )


def ask_search(corpus: Artifact, wanted: Wanted, *, limit: int = PAGE_SIZE) -> dict[str, Any]:
    """A page of documents that hold the phrase; ApplicationError says why there is none."""
    answer: dict[str, Any] = helper_call(
        "search_corpus",
        folder=version_folder(corpus),
        phrase=wanted.phrase,
        ignore_case=wanted.ignore_case,
        among=wanted.among,
        first=wanted.first,
        limit=limit,
    )
    return answer


def result_context(answer: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    """What the page shows of an answer."""
    rows = [
        {
            **row,
            "where": origin_words(row["origin"]),
            "more_hits": row["num_hits"] - len(row["hits"]),
        }
        for row in answer["documents"]
    ]
    share = answer["searched"] / max(1, answer["total"])
    return {
        "answer": answer,
        "rows": rows,
        "searched_fraction": share,
        "is_from_start": wanted.first == 0,
    }


def without_place(wanted: Wanted) -> Wanted:
    """The same search from its first document."""
    return replace(wanted, first=0)
