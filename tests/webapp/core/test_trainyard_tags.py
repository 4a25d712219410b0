"""The small tags escape what they are given and never show a state by colour alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from webapp.core.states import STATES
from webapp.core.templatetags.trainyard import ago, icon, moment, state_chip


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_a_glyph_and_a_word(state: str) -> None:
    chip = state_chip(state, 'say "why" <b>')
    assert f"#{STATES[state].glyph}" in chip
    assert str(STATES[state].label) in chip
    assert "<b>" not in chip


def test_every_state_has_a_glyph_of_its_own() -> None:
    assert len({look.glyph for look in STATES.values()}) == len(STATES)


def test_every_glyph_is_in_the_sprite() -> None:
    from django.conf import settings

    from webapp.core.navigation import ROWS

    sprite = (settings.BASE_DIR / "static/img/icons.svg").read_text()
    for name in [*(look.glyph for look in STATES.values()), *(row.glyph for row in ROWS)]:
        assert f'id="{name}"' in sprite


def test_an_icon_is_hidden_unless_it_has_a_label() -> None:
    assert 'aria-hidden="true"' in icon("home")
    assert 'aria-label="Go home"' in icon("home", "Go home")


def test_times_are_time_elements_in_utc() -> None:
    value = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
    assert '<time datetime="2026-11-22T03:04:05+00:00"' in moment(value)
    assert "2026-11-22 03:04 UTC" in moment(value)
    assert "<time" in ago(value)


def test_past_and_future_are_told_apart() -> None:
    now = timezone.now()
    assert "ago" in ago(now - timedelta(hours=3))
    assert ">in " in ago(now + timedelta(hours=3))
    assert "just now" in ago(now)
    assert ">in 90 days<" in ago(now + timedelta(days=90))
    assert ">1 minute ago<" in ago(now - timedelta(seconds=61))
    assert "never" in ago(None)
