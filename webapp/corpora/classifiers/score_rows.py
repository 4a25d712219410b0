"""The scores of one document as the table of its signals shows them."""

from __future__ import annotations

import re
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_COLUMN = re.compile(r"score-([a-z_]+)-([0-9a-f-]+)-v\d+")
_TITLES: dict[str, str | Promise] = {
    "quality": gettext_lazy("Quality, 0 to 5"),
    "safety": gettext_lazy("Probability of the class"),
    "keywords": gettext_lazy("Hits of the list per 1,000 words"),
    "keyword_hits": gettext_lazy("Hits of the list"),
    "keyword_kinds": gettext_lazy("Different entries of the list"),
    "perplexity": gettext_lazy("Perplexity"),
}


def score_rows(document: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each score, with the rule that looks at it."""
    verdicts = {row["signal"]: row for row in document["verdicts"]}
    rows = []
    for name, value in document.get("scores", {}).items():
        found = _COLUMN.fullmatch(name)
        if found is None or found[1] not in _TITLES:
            continue
        rows.append(
            {
                "title": _TITLES[found[1]],
                "definition": _("By %(id)s") % {"id": found[2]},
                "value": value,
                "is_share": False,
                "verdict": verdicts.get(name),
            }
        )
    return rows
