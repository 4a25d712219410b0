"""The plan beside the measurement on the run page."""

from __future__ import annotations

import json
from typing import Any

from tests.webapp.factories import World
from tests.webapp.runs.test_pages import make_run
from training.planning.comparison import PLAN
from training.planning.plan import plan_training
from training.specs.plan import PlanSpec
from webapp.runs.planned import TITLES, plan_vs_measured


def test_a_run_with_a_plan_shows_it_and_says_what_was_not_measured(
    world: World, as_user: Any
) -> None:
    run = make_run(world, 10)
    plan = plan_training(PlanSpec.parse({"device": "cpu", "precision": "fp32"}), vocab_size=300)
    (run.folder.root / PLAN).write_text(json.dumps(plan.as_dict()))
    page = as_user(world.viewer).get(f"/runs/{run.pk}/settings/").content.decode()
    assert "Planned and measured" in page
    assert "not measured" in page
    lines = plan_vs_measured(run)
    assert [line.title for line in lines] == list(TITLES.values())
    for line in lines:
        assert line.planned_text in page


def test_a_run_without_a_plan_shows_no_empty_table(world: World, as_user: Any) -> None:
    run = make_run(world, 10)
    assert plan_vs_measured(run) == []
    page = as_user(world.viewer).get(f"/runs/{run.pk}/settings/").content.decode()
    assert "Planned and measured" not in page
