"""How each state of a job looks: a word, a glyph and a colour, so that it survives greyscale.

The transitions between states are not here; the jobs app owns them.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class StateLook:
    """``glyph`` is a symbol of icons.svg; ``tone`` one of the state colours of tokens.css."""

    label: str | Promise
    glyph: str
    tone: str


STATES: dict[str, StateLook] = {
    "waiting": StateLook(_("Waiting"), "state-waiting", "queued"),
    "queued": StateLook(_("Queued"), "state-queued", "queued"),
    "starting": StateLook(_("Starting"), "state-starting", "running"),
    "running": StateLook(_("Running"), "state-running", "running"),
    "stopping": StateLook(_("Stopping"), "state-stopping", "stopped"),
    "paused": StateLook(_("Paused"), "state-paused", "paused"),
    "finished": StateLook(_("Finished"), "state-finished", "finished"),
    "failed": StateLook(_("Failed"), "state-failed", "failed"),
    "stopped": StateLook(_("Stopped"), "state-stopped", "stopped"),
    "lost": StateLook(_("Lost"), "state-lost", "lost"),
}
