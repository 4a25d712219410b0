"""Health, headers, error pages, the pattern page, sizes."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.webapp.factories import World

MAX_HTML_BYTES = 60_000
PAGES = [
    "/projects/",
    "/projects/new/",
    "/profile/",
    "/profile/password/",
    "/profile/tokens/",
    "/patterns/",
    "/api/v1/docs/",
    "/nothing-here/",
    "/healthz",
    "/api/v1/me/",
]


def test_health_is_open_and_tells_no_secret(db: None) -> None:
    answer = Client().get("/healthz")
    assert answer.json() == {"status": "ok", "version": "0.1.0", "database": "ok"}


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_security_headers(path: str, world: World, as_user) -> None:
    answer = as_user(world.owner).get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_larger_than_its_budget(path: str, world: World, as_user) -> None:
    assert len(as_user(world.owner).get(path).content) <= MAX_HTML_BYTES


def test_a_foreign_host_is_refused(db: None) -> None:
    answer = Client().get("/login/", headers={"host": "evil.example"})
    assert answer.status_code == 400


def test_a_page_that_is_not_there_is_a_page_of_ours(world: World, as_user) -> None:
    answer = as_user(world.owner).get("/nothing-here/")
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()


def test_a_refusal_names_the_role_that_is_needed(world: World, as_user) -> None:
    answer = as_user(world.viewer).post(f"/projects/{world.project.pk}/settings/", {"name": "x"})
    assert answer.status_code == 403
    assert "needs the role Owner" in answer.content.decode()


def test_a_bug_shows_our_page_and_no_detail(world: World, monkeypatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("webapp.projects.selectors.projects_of", broken)
    client = Client(raise_request_exception=False)
    client.force_login(world.owner)
    page = client.get("/projects/")
    assert page.status_code == 500
    assert "Something broke" in page.content.decode()
    assert "secret detail" not in page.content.decode()
    body = client.get("/api/v1/projects/")
    assert body.status_code == 500
    assert set(body.json()) == {"message", "extra"}


def test_the_navigation_shows_only_pages_that_work(world: World, as_user) -> None:
    answer = as_user(world.owner).get(f"/projects/{world.project.pk}/")
    urls = [link.url for link in answer.context["nav"]]
    assert urls[0] == f"/projects/{world.project.pk}/"
    for url in urls:
        assert as_user(world.owner).get(url).status_code == 200
    assert [link.is_current for link in answer.context["nav"]].count(True) == 1


@pytest.fixture
def static_file(settings) -> str:
    """One static file, where the middleware looks for them."""
    path = settings.STATIC_ROOT / "probe.css"
    path.write_text("a{color:red}")
    yield "/static/probe.css"
    path.unlink()


def test_a_static_file_is_served_whole_in_part_or_not_at_all(static_file: str, db: None) -> None:
    whole = Client().get(static_file)
    assert whole.content == b"a{color:red}"
    assert whole["Content-Type"].startswith("text/css")
    assert not whole.streaming
    part = Client().get(static_file, headers={"range": "bytes=2-6"})
    assert (part.status_code, part.content) == (206, b"color")
    seen = Client().get(static_file, headers={"if-modified-since": whole["Last-Modified"]})
    assert (seen.status_code, seen.content) == (304, b"")
