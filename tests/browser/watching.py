"""Listens to what a page complains of; whatever the test has not allowed fails it."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Page

WATCH_VIOLATIONS = """
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) => window.policyViolations.push(
  `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


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


def slow_network(page: Page, milliseconds: int = 300) -> None:
    """Every answer comes so much later: what is asked quickly overlaps."""
    session = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": milliseconds}
    unlimited = {"downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {**conditions, **unlimited})
