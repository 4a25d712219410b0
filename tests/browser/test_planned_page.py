"""Measuring this machine, and the plan beside the measurement, in a real browser."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from training.planning.comparison import PLAN
from training.planning.plan import plan_training
from training.specs.plan import PlanSpec

pytestmark = pytest.mark.browser


def test_the_queue_page_offers_to_measure_this_machine(
    inside: Callable[[str], Page], every_look
) -> None:
    page = inside("{project}queue/")
    section = page.get_by_role("region", name="Speed for plans")
    expect(section).to_contain_text("planned times are guesses")
    expect(section.get_by_role("button", name="Measure this machine")).to_be_visible()
    every_look(page)
    look(page, "speed-title")


def test_the_settings_of_a_run_show_the_plan_beside_the_measurement(
    inside: Callable[[str], Page], server: Server, every_look
) -> None:
    page = inside("{project}queue/")
    link = page.get_by_role("link", name="Run failed").get_attribute("href") or ""
    plan = plan_training(PlanSpec.parse({"device": "cpu", "precision": "fp32"}), vocab_size=300)
    run = server.home / "jobs" / Path(link).name
    (run / PLAN).write_text(json.dumps(plan.as_dict()))
    page.goto(f"{server.url}{link}settings/")
    section = page.get_by_role("region", name="Planned and measured").first
    expect(section).to_contain_text("Highest memory")
    expect(section).to_contain_text("not measured")
    every_look(page)
    look(page, "planned-title")


def look(page: Page, title: str) -> None:
    """Keep pictures for a person where the environment names a folder for them."""
    folder = os.environ.get("TRAINYARD_TEST_PICTURES")
    for width in (1280, 390) if folder else ():
        page.set_viewport_size({"width": width, "height": 900})
        section = page.locator(f"section[aria-labelledby={title}]")
        section.screenshot(path=f"{folder}/{title}-{width}.png")
