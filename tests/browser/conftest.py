"""A real Chromium against the real ASGI server over a temporary home folder.

Every page is watched: a console error or warning, an exception, a refused or failed request, a
violation of the content security policy fails the test. Without Chromium the tests are skipped,
saying so. (`page.wait_for_function` needs eval, which the policy forbids: wait for selectors.)
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
START_SECONDS = 60
ADMIN = ("ada", "correct horse battery")
WATCH_VIOLATIONS = """
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) => window.policyViolations.push(
  `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@dataclass
class Server:
    """The web process over one home folder; may be killed and started again on the same port."""

    home: Path
    static_root: Path
    with_account: bool = True
    socket: socket.socket = field(default_factory=socket.socket)
    process: subprocess.Popen[bytes] | None = None
    cookies: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.manage("migrate", "--verbosity", "0")
        if self.with_account:
            self.manage("first_account")

    @property
    def url(self) -> str:
        """http://127.0.0.1:PORT, without a slash at the end."""
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def environment(self) -> dict[str, str]:
        """Production settings over this home folder."""
        admin = {"TRAINYARD_ADMIN_USER": ADMIN[0], "TRAINYARD_ADMIN_PASSWORD": ADMIN[1]}
        return {
            **os.environ,
            **(admin if self.with_account else {}),
            "DJANGO_SETTINGS_MODULE": "webapp.settings.browser",
            "TRAINYARD_HOME": str(self.home),
            "TRAINYARD_STATIC_ROOT": str(self.static_root),
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command over this home folder; its output."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Start the web process and wait until it answers."""
        descriptor = self.socket.fileno()
        command = [sys.executable, "-m", "uvicorn", "webapp.asgi:application"]
        command += ["--fd", str(descriptor), "--lifespan", "off", "--log-level", "warning"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment(), pass_fds=[descriptor]
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "the web process ended while starting"
            assert time.monotonic() < deadline, f"no answer in {START_SECONDS} s"
            time.sleep(0.1)

    def kill(self) -> None:
        """End the web process as kill -9 does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@dataclass
class Watch:
    """What went wrong on the pages of a test. ``allowed`` holds parts of lines that may appear."""

    problems: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        """Listen to everything that a page may complain of."""
        page.add_init_script(WATCH_VIOLATIONS)
        page.on("console", lambda line: self._console(line.type, line.text))
        page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        page.on("requestfailed", lambda asked: self._failed(asked.url, asked.failure))
        page.on("response", lambda got: self._response(got.status, got.url))

    def unexpected(self) -> list[str]:
        """All problems but the allowed ones."""
        return [line for line in self.problems if not any(part in line for part in self.allowed)]

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.problems.append(f"console {kind}: {text}")

    def _failed(self, url: str, failure: str | None) -> None:
        # A page that is left while it loads aborts its requests; nothing is wrong then.
        if failure != "net::ERR_ABORTED":
            self.problems.append(f"request failed: {url} {failure}")

    def _response(self, status: int, url: str) -> None:
        if status >= 400:
            self.problems.append(f"answer {status}: {url}")


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
    folder = tmp_path_factory.mktemp("static")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "webapp.settings.browser",
        "TRAINYARD_HOME": str(tmp_path_factory.mktemp("static-home")),
        "TRAINYARD_STATIC_ROOT": str(folder),
    }
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return folder


@pytest.fixture(scope="module")
def start_server(
    chromium: Browser, static_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts servers; all of them end with the module. ``with_account=False``: a first start."""
    servers: list[Server] = []

    def start(*, with_account: bool = True) -> Server:
        server = Server(tmp_path_factory.mktemp("home"), static_root, with_account)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()
        server.socket.close()


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A server with one account, ADMIN, and its first project; shared by a module."""
    return start_server()


@pytest.fixture
def watch() -> Watch:
    """The problems of this test's pages; fill ``allowed`` for those that the test provokes."""
    return Watch()


@pytest.fixture
def open_page(chromium: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens watched pages, each in a browser context (cookies) of its own."""
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
        results = Axe().run(page)
        assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"

    return check
