"""Every route of the URL table with its full name and arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.webapp.factories import KWARGS, World

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """One pattern: "projects:settings" and ("project_id",)."""

    name: str
    arguments: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        """Whether it answers JSON to tokens as well as sessions."""
        return self.name.startswith("api:")

    def url(self, world: World) -> str:
        """The address of an object that the world's members may see."""
        missing = [name for name in self.arguments if name not in KWARGS]
        assert not missing, f"{self.name}: no factory for {missing} in tests/webapp/factories.py"
        return reverse(self.name, kwargs={name: KWARGS[name](world) for name in self.arguments})


def all_routes() -> list[Route]:
    """In the order of the URL table."""
    return list(_walk(get_resolver(), (), ""))


def _walk(resolver: URLResolver, spaces: tuple[str, ...], prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        text = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry, inner, text)
        elif isinstance(entry, URLPattern):
            yield Route(":".join([*spaces, str(entry.name)]), tuple(ARGUMENT.findall(text)))
