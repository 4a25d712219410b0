"""A server that answers when the test lets it: what is asked meanwhile overlaps for sure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page, Route

_TRIES, _WAIT_MS = 100, 50


@dataclass
class Held:
    """Posts of a page to addresses that match ``pattern``; each waits until it is let go."""

    page: Page
    pattern: str
    routes: list[Route] = field(default_factory=list)
    is_open: bool = False

    def __post_init__(self) -> None:
        self.page.route(re.compile(self.pattern), self._hold)

    def wait_for(self, number: int) -> None:
        """Until so many were sent; events are only heard while the page is asked something."""
        for _try in range(_TRIES):
            if len(self.routes) >= number:
                return
            self.page.wait_for_timeout(_WAIT_MS)
        raise AssertionError(f"only {len(self.routes)} of {number} requests were sent")

    def let_all_go(self) -> None:
        """Those that wait, in their order, and whatever comes later."""
        self.is_open = True
        for route in self.routes:
            route.continue_()

    def _hold(self, route: Route) -> None:
        if route.request.method == "POST" and not self.is_open:
            self.routes.append(route)
        else:
            route.continue_()
