"""The log: windows by offset, search with true counts, hostile expressions and lines."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.webapp.factories import World
from tests.webapp.runs.test_costs import bytes_read
from tests.webapp.runs.test_pages import make_run, text_of
from webapp.core.errors import ApplicationError
from webapp.jobs.models import Job
from webapp.jobs.states import State
from webapp.runs import log_search
from webapp.runs.log_lines import lines_before, lines_from, offset_of_step
from webapp.runs.log_search import MAX_SHOWN, Wanted, search

NUM_LINES = 30_000


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every 7th line warns, every 100th is an error; non-ASCII text and colours."""
    path = tmp_path_factory.mktemp("log") / "log.txt"
    with path.open("w", encoding="utf-8") as file:
        for number in range(NUM_LINES):
            word = "ERROR" if number % 100 == 0 else "Warning" if number % 7 == 0 else "info"
            file.write(
                f"\x1b[31m{word}\x1b[0m step {number} of {NUM_LINES}, 咖啡 loss 2.{number}\n"
            )
    return path


def errors() -> int:
    return len(range(0, NUM_LINES, 100))


def counted(path: Path, wanted: Wanted) -> tuple[int, int]:
    """All lines found by going on until the end, and how many requests that took."""
    total, start, turns = 0, 0, 0
    while True:
        found = search(path, wanted, start)
        turns += 1
        if found.is_done:
            return total + found.num_found, turns
        assert found.searched_to > start
        total, start = total + found.num_found, found.searched_to


@pytest.mark.parametrize(
    "wanted, expected",
    [
        (Wanted("error"), errors()),
        (Wanted("咖啡"), NUM_LINES),
        (Wanted("step 12345 of"), 1),
        (Wanted(r"step \d*00 of", is_regex=True), errors() - 1),
        (Wanted("咖.", is_regex=True), NUM_LINES),
        (Wanted(level="error"), errors()),
        (Wanted(level="warning"), len([n for n in range(0, NUM_LINES, 7) if n % 100])),
        (Wanted("step 1 of", level="warning"), 0),
        (Wanted("not there"), 0),
        (Wanted("<script>"), 0),
    ],
)
def test_counts_are_true(path: Path, wanted: Wanted, expected: int) -> None:
    assert counted(path, wanted)[0] == expected


def test_bounded_requests_add_up_to_the_same_count(path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(log_search, "_BLOCK_BYTES", 50_000)
    monkeypatch.setattr(log_search, "MAX_BYTES", 200_000)
    total, turns = counted(path, Wanted("error"))
    assert total == errors()
    assert turns > 5


def test_going_on_behind_the_lines_listed_shows_the_others(path: Path) -> None:
    first = search(path, Wanted("error"))
    assert (len(first.lines), first.num_found) == (MAX_SHOWN, errors())
    second = search(path, Wanted("error"), first.next or 0)
    assert len(second.lines) == errors() - MAX_SHOWN
    assert first.num_before_next + second.num_found == errors()
    assert second.lines[0].text.startswith("ERROR step 20000 of")


@pytest.mark.parametrize("query", ["(x+x+)+y", "(a|aa)+$", "((a+)*)*b", "(.*.*.*.*){20}b"])
def test_an_expression_that_would_backtrack_for_ever_is_quick(tmp_path: Path, query: str) -> None:
    path = tmp_path / "log.txt"
    path.write_text(("x" * 3_000 + "\n" + "a" * 3_000 + "!\n") * 50)
    started = time.process_time()
    assert counted(path, Wanted(query, is_regex=True))[0] == 0
    assert time.process_time() - started < 3 * log_search.MAX_SECONDS


@pytest.mark.parametrize(
    "query",
    [
        "(",
        "[a",
        "*",
        "(?P<n",
        "a{2,1}",
        "\\",
        "(?R)",
        "(a)\\1",
        "(?=a)",
        "((a{1,1000}){1,1000}){1,1000}",
    ],
)
def test_what_is_no_expression_is_refused_with_a_sentence(path: Path, query: str) -> None:
    with pytest.raises(ApplicationError, match="no regular expression"):
        search(path, Wanted(query, is_regex=True))


def test_a_window_of_a_big_log_reads_little(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    with path.open("wb") as file:
        for number in range(300):
            steps = range(number * 1000, number * 1000 + 1000)
            file.write(b"".join(b"step %d of 9 x\n" % one for one in steps))
            file.write(b"y" * 999_000 + b"\n")
    assert path.stat().st_size > 300_000_000
    before = bytes_read()
    window = lines_from(path, 150_000_000, 10)
    assert lines_before(path, window.start, 10).lines[-1].offset < window.start
    assert offset_of_step(path, 123_456) is not None
    assert bytes_read() - before < 6_000_000
    path.unlink()


def test_the_step_is_found_by_bisection(path: Path) -> None:
    for step in (0, 1, 777, NUM_LINES - 1):
        line = lines_from(path, offset_of_step(path, step) or 0, 1).lines[0]
        assert f"step {step} of" in line.text


def test_pages_of_the_log(client: Client, world: World, path: Path) -> None:
    job = log_job(world, path)
    client.force_login(world.viewer)
    address = f"/runs/{job.pk}/log/"
    assert "300 lines found in the whole log." in text_of(client, f"{address}?q=error")
    assert "1 line found" in text_of(client, f"{address}?q=step+77+of")
    assert "This is no regular expression" in text_of(client, f"{address}?q=(&regex=1")
    assert "no such level" in text_of(client, f"{address}?level=worst")
    for strange in (
        "?at=x",
        "?at=999999999999999999",
        "?until=0",
        "?from=-1&q=a",
        "?at=",
        "?q=%00",
    ):
        text_of(client, address + strange)
    page = text_of(client, f"{address}?at=500000")
    assert len(page.encode()) < 60_000
    assert page.count("log__line") > 100
    answer = client.get(f"/api/v1/runs/{job.pk}/log/", {"q": "error"}).json()
    assert (answer["num_found"], len(answer["lines"])) == (300, 200)
    assert client.get(f"/api/v1/runs/{job.pk}/log/", {"start": 0}).json()["lines"][0]["offset"] == 0
    assert client.get(f"/api/v1/runs/{job.pk}/log/", {"q": "(", "regex": "1"}).status_code == 400


def test_markup_in_a_log_stays_text(client: Client, world: World, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"<script>alert(1)</script> error \xff\xfe\nno line break at the end <b>")
    job = log_job(world, path)
    client.force_login(world.viewer)
    for query in ("", "?q=script", "?at=0", "?level=error"):
        page = text_of(client, f"/runs/{job.pk}/log/{query}")
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def log_job(world: World, path: Path) -> Job:
    job = make_run(world, 0, state=State.FINISHED)
    job.folder.root.mkdir(parents=True)
    job.folder.log.write_bytes(path.read_bytes())
    return job


@pytest.mark.parametrize("query", ["Ошибка", "ошибка", "КОНЕЦ. файла (1+1)", "咖啡", "ÄRGER"])
def test_words_beyond_ascii_are_found_in_whatever_case(tmp_path: Path, query: str) -> None:
    log = tmp_path / "log.txt"
    lines = "plain\nОшибка: Конец. файла (1+1)\n咖啡\nÄrger und ärger\n"
    log.write_text(lines, encoding="utf-8")
    assert search(log, Wanted(query)).num_found == 1
    assert search(log, Wanted("Конец. файла (1*1)")).num_found == 0
