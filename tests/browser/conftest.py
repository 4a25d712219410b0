"""A real Chromium against the real ASGI server over a temporary home folder.

Every page is watched: a console error or warning, an exception, a refused or failed request, a
violation of the content security policy fails the test. Without Chromium the tests are skipped,
saying so. (`page.wait_for_function` needs eval, which the policy forbids: wait for selectors.)
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.server import ADMIN, Server
from tests.browser.watching import Watch
from tests.made_once import made_once
from tests.webapp.jobs.installation import Installation

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WIDTHS = (1280, 390)
COUNT_VIOLATIONS = """
axe.run({ resultTypes: ["violations"] }).then((results) => results.violations.length)
"""
THEMES = ("light", "dark")

#: Playwright's own 5 s are too few for a page on a machine that does other things as well.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no Chromium at {CHROMIUM}: install Debian's chromium or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files collected, hashed and compressed as in production; once per run."""

    def collect(folder: Path) -> None:
        server = Server(tmp_path_factory.mktemp("static-home"), folder)
        server.manage("collectstatic", "--no-input", "--verbosity", "0")
        server.socket.close()

    return made_once(tmp_path_factory, "static", collect)


@pytest.fixture(scope="session")
def seeded(static_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tables and the account ADMIN, once per run; every server has a copy."""

    def seed(folder: Path) -> None:
        server = Server(folder, static_root)
        server.seed()
        server.socket.close()

    return made_once(tmp_path_factory, "seeded", seed)


@pytest.fixture(scope="module")
def start_server(
    chromium: Browser, static_root: Path, seeded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts servers; all of them end with the module. ``with_account=False``: a first start."""
    servers: list[Server] = []

    def start(*, with_account: bool = True) -> Server:
        server = Server(tmp_path_factory.mktemp("home"), static_root, with_account)
        servers.append(server)
        if with_account:
            shutil.copytree(seeded, server.home, dirs_exist_ok=True)
        else:
            server.seed()
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()
        server.socket.close()


@pytest.fixture
def install(
    static_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Installation]]:
    """Starts everything that `up` starts, on a home folder that does not exist yet."""
    made: list[Installation] = []

    def start(**knobs: str) -> Installation:
        home = tmp_path_factory.mktemp("journey") / "home"
        nobody = {"project": "", "token": ""}
        installation = Installation(home, nobody, static_root=static_root, **knobs)
        installation.environment["DJANGO_SETTINGS_MODULE"] = "webapp.settings.browser"
        home.mkdir()
        made.append(installation)
        installation.start()
        return installation

    yield start
    for installation in made:
        installation.remove()


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A server with one account, ADMIN, and its first project; shared by a module."""
    return start_server()


@pytest.fixture
def watch() -> Watch:
    """The problems of this test's pages; fill ``allowed`` for those that the test provokes."""
    return Watch()


@pytest.fixture
def open_page(
    chromium: Browser, watch: Watch, install: Callable[..., Installation]
) -> Iterator[Callable[..., Page]]:
    """Opens watched pages, each in a browser context (cookies) of its own.

    Rests on ``install``, so that pages close before what they look at ends: a page whose server
    goes away says so, and rightly, on its console.
    """
    del install
    contexts = []

    def open_one(*, width: int = 1280, height: int = 800, theme: str = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        return page

    yield open_one
    for context in contexts:
        for page in context.pages:
            violations = page.evaluate("window.policyViolations ?? []")
            watch.problems.extend(f"policy violation: {line}" for line in violations)
        context.close()
    assert watch.unexpected() == []


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """One watched page, 1280 x 800, light."""
    return open_page()


@pytest.fixture
def log_in() -> Callable[[Page, Server], None]:
    """Logs ADMIN in and goes home: through the login page once per server, then by its cookie."""

    def enter(page: Page, server: Server) -> None:
        if server.cookies:
            page.context.add_cookies(server.cookies)
            page.goto(f"{server.url}/")
            return
        page.goto(f"{server.url}/login/")
        page.get_by_label("Username").fill(ADMIN[0])
        page.get_by_label("Password").fill(ADMIN[1])
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/projects/**")
        server.cookies = page.context.cookies()

    return enter


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Asserts that axe finds nothing on a page."""

    def check(page: Page) -> None:
        # Put in once per document, and only what was found comes back.
        if not page.evaluate("Boolean(window.axe)"):
            page.evaluate(Axe().axe_script)
        if page.evaluate(COUNT_VIOLATIONS):
            raise AssertionError(f"{page.url}\n{Axe().run(page).generate_report()}")

    return check


@pytest.fixture
def axe_in_both(axe: Callable[[Page], None]) -> Callable[[Page], None]:
    """Axe in both themes, light first; the page is light again afterwards."""

    def check(page: Page) -> None:
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            axe(page)
        page.emulate_media(color_scheme=THEMES[0])  # type: ignore[arg-type]

    return check


@pytest.fixture
def every_look(axe_in_both: Callable[[Page], None]) -> Callable[[Page], None]:
    """Axe and the width, at both widths in both themes, without loading the page anew."""

    def check(page: Page) -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            scroll, client = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
            assert scroll <= client, f"{page.url} scrolls sideways at {width} px"
            axe_in_both(page)
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})

    return check


@pytest.fixture(scope="module")
def filled(server: Server) -> dict[str, str]:
    """A home with runs, texts, a model and a report; the ids that addresses need."""
    made: dict[str, str] = server.run("tests.browser.filling")
    return made


@pytest.fixture
def inside(
    page: Page, server: Server, log_in: Callable[[Page, Server], None], filled: dict[str, str]
) -> Callable[[str], Page]:
    """Opens an address, with {names} of what is filled, as somebody who is logged in."""
    log_in(page, server)

    def go(path: str) -> Page:
        page.goto(server.url + path.format(**filled))
        return page

    return go
