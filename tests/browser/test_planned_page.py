"""This machine measured, the plan beside it, and how steps are computed, in a real browser."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.server import Server
from training.events import EventKind, EventWriter
from training.model.backends.base import Situation
from training.model.backends.explained import explained
from training.model.masks import MaskKind
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


def test_the_system_tab_says_how_steps_are_computed(
    inside: Callable[[str], Page], server: Server, every_look
) -> None:
    page = inside("{project}queue/")
    link = page.get_by_role("link", name="Run failed").get_attribute("href") or ""
    cpu = Situation("cpu", MaskKind.DOCUMENT, dtype=torch.bfloat16)
    found = explained(cpu)
    parts = [
        {"part": "attention", "chosen": found.name, "why": found.inside, "against": found.against},
        {"part": "optimizer", "chosen": "AdamW, torch's fused kernel", "why": ""},
    ]
    events = EventWriter(server.home / "jobs" / Path(link).name / "events.jsonl")
    events.write(EventKind.KERNELS, step=0, parts=parts, message="told")
    events.close()
    page.goto(f"{server.url}{link}system/")
    section = page.get_by_role("region", name="Kernels").first
    expect(section).to_contain_text("per_document")
    section.get_by_text("Attention: why not the others").click()
    expect(section).to_contain_text("varlen attention has no kernel for cpu")
    every_look(page)
    look(page, "kernels-title")


def look(page: Page, title: str) -> None:
    """Keep pictures for a person where the environment names a folder for them."""
    folder = os.environ.get("TRAINYARD_TEST_PICTURES")
    for width in (1280, 390) if folder else ():
        page.set_viewport_size({"width": width, "height": 900})
        section = page.locator(f"section[aria-labelledby={title}]")
        section.screenshot(path=f"{folder}/{title}-{width}.png")
