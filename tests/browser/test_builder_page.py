"""The builder in Chromium: mistakes mended by a click, one job of a double click, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.holding import Held
from tests.browser.server import ADMIN, Server
from tests.browser.watching import Watch, slow_network


@pytest.fixture(scope="module")
def made(server: Server) -> dict[str, str]:
    """Ids of what there is to build from."""
    found: dict[str, str] = server.run("tests.browser.building")
    return found


@pytest.fixture
def build(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], made: dict[str, str]
) -> Callable[[str], Page]:
    """Opens a builder page as somebody who is logged in."""
    log_in(page, server)

    def go(path: str) -> Page:
        page.goto(f"{server.url}/projects/{made['project']}/runs/new/{path}")
        return page

    return go


def field(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(f'[id="{name}"]')


def num_jobs(page: Page, server: Server, made: dict[str, str]) -> int:
    answer = page.request.get(f"{server.url}/api/v1/projects/{made['project']}/jobs/?verb=train")
    return len(answer.json())


def test_mistakes_are_told_while_typing_mended_by_a_click_and_one_job_is_started(
    build: Callable[[str], Page], server: Server, made: dict[str, str]
) -> None:
    page = build("train/")
    expect(page.locator("#plan")).to_contain_text("Parameters")
    field(page, "train.model.num_heads").fill("7")
    field(page, "train.num_steps").fill("many")
    beside = page.locator("#builder-form .field__error")
    expect(beside.first).to_contain_text("Must be a whole number")
    expect(field(page, "train.num_steps")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#plan-note")).to_contain_text("last settings that could run")
    field(page, "train.num_steps").fill("30")
    expect(beside.first).to_contain_text("Heads must divide the width")
    beside.first.get_by_role("button", name="Set Heads = 8").click()
    expect(field(page, "train.model.num_heads")).to_have_value("8")
    expect(field(page, "train.model.num_heads")).to_be_focused()
    expect(field(page, "train.num_steps")).to_have_value("30")
    expect(page.locator("#findings")).to_contain_text("Ready to start.")
    page.get_by_label("Name", exact=True).fill("Mended <b>run</b>")
    before = num_jobs(page, server, made)
    page.get_by_role("button", name="Start", exact=True).dblclick()
    page.wait_for_url("**/runs/*-*/")
    expect(page.locator("h1")).to_have_text("Mended <b>run</b>")
    assert num_jobs(page, server, made) == before + 1
    page.go_back()
    page.get_by_role("button", name="Bring it back").click()
    expect(field(page, "train.num_steps")).to_have_value("30")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/runs/*-*/")
    assert num_jobs(page, server, made) == before + 1


def test_who_types_faster_than_the_server_answers_sees_the_last_words_and_a_clean_console(
    build: Callable[[str], Page],
) -> None:
    page = build("train/")
    slow_network(page)
    steps = field(page, "train.num_steps")
    steps.fill("")
    steps.press_sequentially("1234567", delay=100)
    field(page, "train.seed").fill("77")
    expect(page.locator("#spec-text")).to_contain_text("num_steps: 1234567")
    expect(page.locator("#spec-text")).to_contain_text("seed: 77")


def test_a_copy_shows_its_changes_and_its_yaml_goes_round(
    build: Callable[[str], Page], made: dict[str, str], tmp_path: Path
) -> None:
    page = build(f"train/?from={made['run']}")
    expect(page.locator("#changes")).to_contain_text("Nothing yet")
    field(page, "train.num_steps").fill("2000")
    expect(page.locator("#changes ins")).to_have_text("2000")
    expect(page.locator("#spec-text")).to_contain_text("num_steps: 2000")
    expect(page.locator("#commands")).to_contain_text("python -m training train")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download YAML").click()
    file = tmp_path / "taken.yaml"
    waiting.value.save_as(file)
    file.write_text(re.sub(r"batch_size: 32", "batch_size: 64", file.read_text(), count=1))
    page.get_by_text("Take settings from YAML").click()
    page.get_by_label("Or choose a file").set_input_files(file)
    page.get_by_role("button", name="Take it").click()
    expect(field(page, "train.batch_size")).to_have_value("64")
    expect(field(page, "train.num_steps")).to_have_value("2000")
    expect(page.locator("#changes ins")).to_have_count(2)


def test_what_was_filled_in_survives_the_end_of_the_session(
    build: Callable[[str], Page], server: Server, made: dict[str, str], watch: Watch
) -> None:
    page = build("train/")
    field(page, "train.num_steps").fill("4321")
    expect(page.locator("#spec-text")).to_contain_text("4321")
    page.context.clear_cookies()
    field(page, "train.model.num_layers").fill("9")
    expect(page.get_by_text("The server did not take this")).to_be_visible()
    expect(field(page, "train.num_steps")).to_have_value("4321")
    page.get_by_role("button", name="Start", exact=True).click()
    # The session is gone, and its token with it: whatever the server answers, nothing is lost.
    page.goto(f"{server.url}/login/?next=/projects/{made['project']}/runs/new/train/")
    page.get_by_label("Username").fill(ADMIN[0])
    page.get_by_label("Password").fill(ADMIN[1])
    page.get_by_role("button", name="Log in").click()
    server.cookies = page.context.cookies()
    page.get_by_role("button", name="Bring it back").click()
    expect(field(page, "train.num_steps")).to_have_value("4321")
    expect(field(page, "train.model.num_layers")).to_have_value("9")
    watch.allowed.extend([r"403"])


def test_a_choice_brings_what_matters_with_it_and_steps_fall_away(
    build: Callable[[str], Page], made: dict[str, str]
) -> None:
    page = build("chain/")
    expect(page.locator("#step-tokenize")).to_contain_text("will be made")
    page.get_by_role("button", name="Change Train a language model").click()
    field(page, "train.tokens").select_option(f"artifact:{made['tokens']}")
    page.get_by_role("button", name="Fold Train a language model").click()
    expect(page.locator("#step-tokenize")).to_contain_text("not needed")
    expect(page.locator("#findings")).to_contain_text("Ready to start.")
    page.get_by_role("button", name="Queue all of it").click()
    page.wait_for_url("**/runs/*-*/")
    expect(page.locator(".chain__step")).to_have_count(2)


@pytest.mark.parametrize("path", ["train/", "chain/", "tuning/", "clean/", "train/?from={run}"])
def test_builder_pages_are_sound_in_every_look(
    path: str,
    build: Callable[[str], Page],
    made: dict[str, str],
    every_look: Callable[[Page], None],
) -> None:
    page = build(path.format(**made))
    if path == "train/":
        field(page, "train.model.num_heads").fill("7")
        field(page, "train.optimizer.learning_rate").fill("0.5")
        expect(page.locator("#builder-form .field__doubt")).to_be_visible()
    every_look(page)


@pytest.mark.parametrize(
    "path",
    ["/projects/{project}/tokenizers/", "/tokenizers/{tokenizer}/", "/tokenizers/{tokens}/",
     "/jobs/{run}/settings/"],
)  # fmt: skip
def test_pages_of_results_and_settings_are_sound_in_every_look(
    path: str,
    build: Callable[[str], Page],
    server: Server,
    made: dict[str, str],
    every_look: Callable[[Page], None],
) -> None:
    page = build("train/")
    page.goto(server.url + path.format(**made))
    every_look(page)


def test_it_is_filled_in_by_keyboard_and_works_without_script(
    build: Callable[[str], Page], server: Server, made: dict[str, str]
) -> None:
    page = build("train/")
    context = page.context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    context.add_cookies(server.cookies)
    plain = context.new_page()
    plain.goto(f"{server.url}/projects/{made['project']}/runs/new/train/")
    plain.locator('[id="train.model.num_heads"]').fill("7")
    plain.get_by_role("button", name="Update the plan").click()
    plain.locator("#builder-form").get_by_role("button", name="Set Heads = 8").click()
    expect(plain.locator("#findings")).to_contain_text("Ready to start.")
    plain.locator('[id="train.num_steps"]').focus()
    plain.keyboard.press("Control+a")
    plain.keyboard.type("55")
    plain.keyboard.press("Enter")
    expect(plain.locator('[id="train.num_steps"]')).to_have_value("55")
    expect(plain.locator("#spec-text")).to_contain_text("num_steps: 55")
    context.close()


def test_what_is_typed_while_the_form_is_drawn_again_stays(
    build: Callable[[str], Page], made: dict[str, str]
) -> None:
    """A choice draws the form again; the answer to it takes as long as a slow network does."""
    page = build("train/")
    shape = page.locator("#builder-form select[data-reshapes]").first
    values = shape.locator("option").evaluate_all("options => options.map((one) => one.value)")

    held: list[Route] = []
    page.route("**/runs/new/train/", lambda route: held.append(route), times=1)
    shape.select_option(next(one for one in values if one != shape.input_value()))
    field(page, "train.num_steps").fill("37")
    field(page, "title").fill("Typed meanwhile")
    held[0].continue_()
    expect(page.locator(".builder__aside")).to_contain_text("num_steps: 37")
    expect(field(page, "train.num_steps")).to_have_value("37")
    expect(field(page, "title")).to_have_value("Typed meanwhile")


def test_buttons_take_turns_and_none_of_them_loses_what_another_did(
    build: Callable[[str], Page], server: Server
) -> None:
    """Four wishes before the first answer: all of them are in what is started."""
    page = build("train/")
    held = Held(page, "/runs/new/train/$")
    page.get_by_role("button", name="Advanced").click()
    held.wait_for(1)
    field(page, "train.num_steps").fill("41")
    page.get_by_role("button", name="llama-15m", exact=True).click()
    field(page, "train.batch_size").fill("3")
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_timeout(200)
    assert len(held.routes) == 1, "a button overtakes the one that was pressed before it"
    held.let_all_go()
    page.wait_for_url("**/runs/*-*/")
    page.goto(f"{server.url}/jobs/{page.url.rstrip('/').rpartition('/')[2]}/settings/")
    settings = page.locator("#spec-text")
    for told in ("num_steps: 41", "batch_size: 3", "width: 288"):
        expect(settings).to_contain_text(told)


def test_rows_of_a_list_rest_while_one_of_them_is_taken_away(build: Callable[[str], Page]) -> None:
    """Their numbers change then: what is typed into the third must not land in the second."""
    page = build("compare_tokenizers/")
    add = page.get_by_role("button", name=re.compile("^Add one")).first
    for number in (1, 2):
        add.click()
        expect(page.get_by_role("button", name=re.compile("^Remove"))).to_have_count(number)
    held = Held(page, "/runs/new/compare_tokenizers/")
    page.get_by_role("button", name=re.compile("^Remove")).first.dblclick()
    held.wait_for(1)
    expect(page.locator("[inert]")).to_have_count(1)
    held.let_all_go()
    expect(page.get_by_role("button", name=re.compile("^Remove"))).to_have_count(1)
    expect(page.locator("[inert]")).to_have_count(0)
