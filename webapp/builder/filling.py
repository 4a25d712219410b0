"""How the chosen token store fills rows, beside the form: asked of the helper, kept while it lives.

A store never changes, so what was counted once for a length and a way of packing is told at once
afterwards. Where the helper is busy or away the plan stands without it: it is told with the next
change.
"""

from __future__ import annotations

import functools
import json
from http import HTTPStatus
from typing import Any

from django.utils.translation import gettext as _

from training.specs.model_choices import AttentionDirection
from training.specs.packing import Isolation
from training.specs.train import TrainSpec
from training.units import format_count
from webapp.builder import wording
from webapp.builder.plans import Figure, Section, Segment
from webapp.core.errors import ApplicationError
from webapp.jobs.helper import helper_call_within
from webapp.jobs.models import Artifact

_WAIT_SECONDS = 1.5
_NUM_KEPT = 256
#: Colours of text and of padding.
_TEXT_SLOT, _PADDING_SLOT = 1, 2


def filling_section(tokens: Artifact, spec: TrainSpec, sequence_length: int) -> Section | None:
    """What a person wants to know of the rows before they are trained on; None: not known now."""
    is_causal = spec.model.attention == AttentionDirection.CAUSAL
    packing = spec.packing.model_dump_json()
    try:
        found = _asked(str(tokens.folder), sequence_length, packing, is_causal)
    except ApplicationError as error:
        if error.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            return None
        # Not so much as one row can be made: a sentence with what to do.
        return Section(_("Packing"), "", [], sentence=error.message)
    is_blocked = spec.packing.isolation == Isolation.DOCUMENT
    return Section(
        _("Packing"),
        _("%(share)s text") % {"share": percent(found["efficiency"])},
        _figures(found, is_blocked=is_blocked),
        bar=_bar(found["efficiency"]),
        sentence=_sentence(found),
    )


def percent(share: float) -> str:
    """A share as people read it: what is nearly all or nearly nothing is not rounded to it."""
    if 0.9995 <= share < 1:
        return _("over 99.9 %")
    if 0 < share < 0.0005:
        return _("under 0.1 %")
    return f"{100 * share:.1f} %"


@functools.lru_cache(maxsize=_NUM_KEPT)
def _asked(folder: str, sequence_length: int, packing: str, is_causal: bool) -> dict[str, Any]:
    answer: dict[str, Any] = helper_call_within(
        _WAIT_SECONDS,
        "packing_figures",
        tokens=folder,
        sequence_length=sequence_length,
        packing=json.loads(packing),
        is_causal=is_causal,
    )
    return answer


def _figures(found: dict[str, Any], *, is_blocked: bool) -> list[Figure]:
    cut, dropped = found["num_cut"], found["num_dropped"]
    shown = [
        ("rows", format_count(found["num_rows"])),
        ("documents_per_row", f"{found['documents_per_row']:.1f}"),
        ("blocked_attention" if is_blocked else "crossing_attention", percent(found["crossing"])),
        ("documents_cut", _share(cut, found["num_documents"])),
    ]
    if dropped:
        shown.append(("examples_dropped", _share(dropped, found["num_documents"])))
    if found["left_out"]:
        shown.append(("tokens_left_out", percent(found["left_out"])))
    return [Figure(key, wording.label(key), value, wording.how(key)) for key, value in shown]


def _share(count: int, whole: int) -> str:
    if not count:
        return _("none")
    return _("%(count)s (%(share)s)") % {
        "count": format_count(count),
        "share": percent(count / max(1, whole)),
    }


def _bar(efficiency: float) -> list[Segment]:
    width = round(100 * efficiency, 2)
    padding = Segment(_("Padding"), percent(1 - efficiency), width, 100 - width, _PADDING_SLOT)
    text = Segment(_("Text"), percent(efficiency), 0, width, _TEXT_SLOT)
    return [text, padding] if width < 100 else [text]


def _sentence(found: dict[str, Any]) -> str:
    if found["num_counted"] == found["num_documents"]:
        return _("Counted on all documents. What rows do not hold of text is padding.")
    return _(
        "Estimated from %(part)s of %(all)s documents. What rows do not hold of text is padding."
    ) % {
        "part": format_count(found["num_counted"]),
        "all": format_count(found["num_documents"]),
    }
