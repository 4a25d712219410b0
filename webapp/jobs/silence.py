"""Who has not been heard for too long, in words: the supervisor and the queue of a machine.

A dead supervisor changes no state, so nothing else on the page would say so.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.units import format_seconds
from webapp.jobs.models import Machine

SILENT_SECONDS = 15.0
#: So many signs of life may be missed where they come more seldom than usual.
_NUM_TICKS = 3
_SUPERVISOR = gettext_lazy(
    "The supervisor of %(host)s has not been heard %(span)s. Until it is back no job starts, and "
    "what becomes of running ones is not seen. Its log may say why."
)
_QUEUE = gettext_lazy(
    "The queue of %(host)s has not been heard %(span)s. Until it is back no job starts. Its log "
    "may say why."
)


def is_silent(seen_at: datetime | None) -> bool:
    """Whether who was last heard then has been silent for too long; never heard is silent too."""
    patience = timedelta(seconds=max(SILENT_SECONDS, _NUM_TICKS * settings.JOBS.tick_seconds))
    return seen_at is None or timezone.now() - seen_at > patience


def silences(machine: Machine) -> list[str]:
    """What somebody who looks at the page must know; nothing when all are heard."""
    heard = ((machine.supervisor_seen_at, _SUPERVISOR), (machine.queue_seen_at, _QUEUE))
    return [
        str(sentence) % {"host": machine.host, "span": _span(seen_at)}
        for seen_at, sentence in heard
        if is_silent(seen_at)
    ]


def _span(seen_at: datetime | None) -> str:
    if seen_at is None:
        return _("yet")
    seconds = (timezone.now() - seen_at).total_seconds()
    return _("for %(span)s") % {"span": format_seconds(seconds)}
