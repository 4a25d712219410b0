"""A long form on a phone: sections begin folded, tell what is in them, and open for a reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.server import Server

NARROW = 390
#: Of the form for a run, with its plan; unfolded it is twice as much.
MOST_PX = 3_500


@pytest.fixture(scope="module")
def made(server: Server) -> dict[str, str]:
    """Ids of what there is to build from."""
    found: dict[str, str] = server.run("tests.browser.building")
    return found


@pytest.fixture
def phone(
    open_page: Callable[..., Page],
    server: Server,
    log_in: Callable[[Page, Server], None],
    made: dict[str, str],
) -> Callable[[str], Page]:
    """Opens a builder page on a phone, as somebody who is logged in."""
    page = open_page(width=NARROW, height=844)
    log_in(page, server)

    def go(path: str) -> Page:
        page.goto(f"{server.url}/projects/{made['project']}/runs/new/{path}")
        return page

    return go


def section(page: Page, name: str) -> Locator:
    return page.locator(f'[id="f-train.{name}"]')


def field(page: Page, name: str) -> Locator:
    return page.locator(f'[id="train.{name}"]')


def title_of(folded: Locator) -> Locator:
    return folded.locator("> summary")


def test_the_form_of_a_run_is_short_at_first_and_whole_without_script(
    phone: Callable[[str], Page],
    server: Server,
    made: dict[str, str],
    axe_in_both: Callable[[Page], None],
    chromium: Browser,
) -> None:
    page = phone("train/")
    expect(page.locator("#findings")).to_contain_text("Ready to start.")
    assert page.evaluate("document.documentElement.scrollHeight") <= MOST_PX
    expect(field(page, "num_steps")).to_be_visible()
    expect(field(page, "model.width")).not_to_be_visible()
    expect(title_of(section(page, "model"))).to_contain_text("all at their defaults")
    expect(page.locator("[id^=p-]").first).not_to_have_attribute("open", "")
    axe_in_both(page)
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    context.add_cookies(server.cookies)
    plain = context.new_page()
    plain.goto(f"{server.url}/projects/{made['project']}/runs/new/train/")
    expect(field(plain, "model.width")).to_be_visible()
    context.close()


def test_a_section_is_opened_by_keyboard_and_closed_over_a_change_tells_it(
    phone: Callable[[str], Page],
) -> None:
    page = phone("train/")
    title = title_of(section(page, "model"))
    title.focus()
    page.keyboard.press("Enter")
    field(page, "model.width").fill("192")
    field(page, "model.num_heads").fill("6")
    title.focus()
    page.keyboard.press("Enter")
    expect(title).to_contain_text("Width 192")
    expect(title).to_contain_text("Heads 6")
    expect(title).to_be_focused()
    expect(field(page, "model.width")).not_to_be_visible()


def test_what_is_wrong_or_led_to_opens_by_itself(phone: Callable[[str], Page]) -> None:
    page = phone("train/")
    title_of(section(page, "schedule")).click()
    field(page, "schedule.warmup_steps").fill("50")
    title_of(section(page, "schedule")).click()
    expect(title_of(section(page, "schedule"))).to_contain_text("Warm-up 50 steps")
    field(page, "num_steps").fill("10")
    expect(field(page, "schedule.warmup_steps")).to_be_visible()
    title_of(section(page, "schedule")).click()
    told = title_of(section(page, "schedule")).evaluate(
        "(one) => getComputedStyle(one, '::after').content"
    )
    assert "⚠" in told
    page.locator("#findings").get_by_role("link", name="Warm-up").click()
    expect(field(page, "schedule.warmup_steps")).to_be_focused()
    expect(field(page, "model.width")).not_to_be_visible()


def test_an_address_that_names_a_field_opens_its_section(phone: Callable[[str], Page]) -> None:
    page = phone("train/#train.optimizer.learning_rate")
    expect(field(page, "optimizer.learning_rate")).to_be_visible()
    expect(field(page, "model.width")).not_to_be_visible()


def test_settings_that_a_long_form_leaves_out_come_when_their_section_is_opened(
    phone: Callable[[str], Page],
) -> None:
    page = phone("train/")
    page.get_by_role("button", name="Advanced").click()
    left_out = page.locator(".fold:has([data-unfold])")
    expect(left_out.first).to_be_attached()
    name = left_out.first.get_attribute("id")
    title_of(left_out.first).click()
    opened = page.locator(f'[id="{name}"]')
    expect(opened.locator(".field").first).to_be_visible()
    expect(opened.locator("[data-unfold]")).to_have_count(0)
    expect(left_out.first.locator("> .group__inside")).not_to_be_visible()
