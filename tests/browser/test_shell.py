"""The shell in a real browser: first start, every page in both themes and widths, keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import ADMIN, Server
from tests.browser.watching import Watch

pytestmark = pytest.mark.browser

PATHS = [
    "/projects/",
    "/projects/new/",
    "{project}",
    "{project}settings/",
    "{project}settings/members/",
    "/profile/",
    "/profile/password/",
    "/profile/tokens/",
    "/patterns/",
    "/join/{invitation}/",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_accessible_and_fits(path: str, inside, every_look) -> None:
    every_look(inside(path))


def test_the_login_page_is_accessible_and_fits(page: Page, server: Server, every_look) -> None:
    page.goto(f"{server.url}/login/")
    every_look(page)


def test_an_invitation_is_accessible_and_fits(
    page: Page, server: Server, filled: dict[str, str], every_look, watch: Watch
) -> None:
    page.goto(f"{server.url}/join/{filled['invitation']}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Join “First project”")
    every_look(page)
    watch.allowed = ["404"]
    page.goto(f"{server.url}/join/no-such-secret/")
    every_look(page)


def test_an_error_page_is_accessible_and_fits(
    inside: Callable[[str], Page], every_look, watch: Watch
) -> None:
    watch.allowed = ["404"]
    page = inside("/nothing-here/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing here")
    every_look(page)


def test_the_printed_link_makes_the_first_account(
    page: Page, start_server: Callable[..., Server], every_look
) -> None:
    fresh = start_server(with_account=False)
    printed = fresh.manage("first_account", "--url", fresh.url)
    found = re.search(r"http\S+", printed)
    assert found is not None
    page.goto(f"{fresh.url}/")
    expect(page.get_by_text("The server printed a one-time link")).to_be_visible()
    every_look(page)
    page.goto(found.group())
    every_look(page)
    page.get_by_label("Username").fill(ADMIN[0])
    page.get_by_label("Password").fill(ADMIN[1])
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="First project")).to_be_visible()
    assert fresh.manage("first_account") == ""


def test_the_theme_switch_acts_at_once_and_is_remembered(
    page: Page, server: Server, log_in
) -> None:
    log_in(page, server)
    html = page.locator("html")
    for shown, following in [("auto", "light"), ("light", "dark"), ("dark", "auto")]:
        expect(html).to_have_attribute("data-theme", shown)
        with page.expect_response("**/profile/theme/") as answer:
            page.get_by_role("button", name=f"Theme: {shown}").click()
        assert answer.value.status == 204
        expect(html).to_have_attribute("data-theme", following)
        expect(page.get_by_role("button", name=f"Theme: {following}")).to_be_focused()
        page.reload()
        expect(html).to_have_attribute("data-theme", following)


def test_menus_open_and_close_by_keyboard(page: Page, server: Server, log_in) -> None:
    log_in(page, server)
    button = page.locator("summary").first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="New project")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="New project")).to_be_hidden()
    expect(button).to_be_focused()


def test_the_first_tab_stop_skips_to_the_content(page: Page, server: Server, log_in) -> None:
    log_in(page, server)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_double_click_makes_one_project(page: Page, server: Server, log_in) -> None:
    log_in(page, server)
    page.goto(f"{server.url}/projects/new/")
    page.get_by_label("Name").fill("Only once")
    page.get_by_role("button", name="Create project").dblclick()
    page.wait_for_url("**/projects/*-*/")
    page.goto(f"{server.url}/projects/")
    expect(page.get_by_role("link", name="Only once")).to_have_count(1)


def test_pages_work_without_scripts(chromium, server: Server) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/login/")
    page.get_by_label("Username").fill(ADMIN[0])
    page.get_by_label("Password").fill(ADMIN[1])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/projects/**")
    page.get_by_role("button", name="Theme: auto").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Theme: light").click()
    page.get_by_role("button", name="Theme: dark").click()
    page.goto(f"{server.url}/profile/tokens/")
    page.get_by_label("Name").fill("export")
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("#new-token")).to_contain_text("ty_")
    context.close()


def test_the_api_documentation_draws_within_the_policy_and_is_accessible(
    inside: Callable[[str], Page], every_look
) -> None:
    page = inside("/api/v1/docs/")
    expect(page.get_by_role("heading", name=re.compile("Trainyard"))).to_be_visible()
    expect(page.get_by_text("/api/v1/projects/", exact=True).first).to_be_visible()
    every_look(page)
