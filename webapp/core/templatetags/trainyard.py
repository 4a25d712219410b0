"""Small pieces of markup that pages share: icons, state chips, times, numbers with units.

All output is escaped by format_html; nothing here queries the database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from training.units import format_bytes, format_count, format_seconds
from webapp.core.states import STATES

register = template.Library()
register.filter("bytes", format_bytes)
register.filter("count", format_count)
register.filter("seconds", format_seconds)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A glyph of icons.svg; hidden from screen readers unless it has a label."""
    sprite = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>',
            label,
            sprite,
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', sprite)


@register.simple_tag
def state_chip(state: str, reason: str = "") -> SafeString:
    """A job's state as glyph, word and colour; the reason is its tooltip."""
    look = STATES[state]
    return format_html(
        '<span class="chip chip--{}" data-state="{}" title="{}">{}{}</span>',
        look.tone,
        state,
        reason,
        icon(look.glyph),
        look.label,
    )


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """“3 minutes ago” as a <time> element with the exact UTC time as its tooltip."""
    if moment is None:
        return format_html('<span class="is-faint">{}</span>', _("never"))
    now = timezone.now()
    if abs(now - moment) < timedelta(minutes=1):
        return _time(moment, _("just now"))
    span = {"span": _span(abs(now - moment))}
    text = _("in %(span)s") % span if moment > now else _("%(span)s ago") % span
    return _time(moment, text)


@register.filter
def moment(value: datetime | None) -> SafeString:
    """The exact UTC time as a <time> element."""
    if value is None:
        return format_html('<span class="is-faint">{}</span>', _("never"))
    return _time(value, f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def _span(span: timedelta) -> str:
    """One rounded unit: "3 hours", "90 days"; Django's timesince would round 90 days down."""
    minutes = max(round(span.total_seconds() / 60), 1)
    if minutes < 60:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def _time(value: datetime, text: str) -> SafeString:
    utc = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        text,
    )
