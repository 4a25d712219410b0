"""Events: numbered, mended after a kill, patient on a full disk."""

from __future__ import annotations

import threading
from pathlib import Path

from tests.training.folder.small_disk import fill, small_disk
from training.events import EventKind, EventWriter, all_events, read_events


def test_events_are_numbered_and_read_on_from_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    writer.write(EventKind.NOTE, message="one")
    events, offset = read_events(path)
    writer.write(EventKind.NOTE, message="two")
    more, _ = read_events(path, offset=offset)
    assert [e["seq"] for e in events + more] == [1, 2]
    assert more[0]["message"] == "two"


def test_a_torn_line_is_ignored_then_cut_and_numbers_go_on(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventWriter(path).write(EventKind.NOTE, message="one")
    with path.open("ab") as file:
        file.write(b'{"seq":2,"ki')
    assert len(all_events(path)) == 1
    EventWriter(path).write(EventKind.NOTE, message="after")
    assert [e["seq"] for e in all_events(path)] == [1, 2]


def test_a_damaged_line_becomes_a_warning_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    writer.write(EventKind.NOTE, message="one")
    with path.open("ab") as file:
        file.write(b"\x00\xff garbage\n[1]\n")
    writer.write(EventKind.NOTE, message="two")
    events = all_events(path)
    assert [event["kind"] for event in events] == ["note", "warning", "warning", "note"]
    assert "damaged" in events[1]["message"]


def test_nan_is_written_as_text_so_that_every_line_is_json(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    EventWriter(path).write(EventKind.VALIDATION, loss=float("nan"), more=[float("inf")])
    event = all_events(path)[0]
    assert (event["loss"], event["more"]) == ("nan", ["inf"])


def test_a_full_disk_makes_events_wait_and_none_is_torn(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", num_bytes=64 * 1024) as disk:
        path = disk / "events.jsonl"
        writer = EventWriter(path)
        writer.write(EventKind.NOTE, message="before")
        filler = fill(disk)
        for number in range(200):
            writer.write(EventKind.NOTE, message=f"{number} " + "x" * 100)
        assert all(e["kind"] == "note" for e in all_events(path))
        assert not writer.flush()
        filler.unlink()
        assert writer.flush()
        assert [e["seq"] for e in all_events(path)] == list(range(1, 202))


def test_two_threads_write_whole_lines_in_order(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")

    def write() -> None:
        for _ in range(200):
            writer.write(EventKind.NOTE, message="x")

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e["seq"] for e in all_events(writer.path)] == list(range(1, 401))


def test_without_a_path_nothing_is_written() -> None:
    EventWriter(None).write(EventKind.NOTE, message="x")


def test_every_lost_event_is_counted_once_by_one_that_fits(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", num_bytes=1 << 20) as disk:
        path = disk / "events.jsonl"
        writer = EventWriter(path)
        writer.write(EventKind.NOTE, message="x" * 4_000)
        filler = fill(disk)
        for _ in range(1_300):
            writer.write(EventKind.NOTE, message="x" * 100)
        filler.unlink()
        writer.write(EventKind.NOTE, message="after")
        events = all_events(path)
    num_lost = events[-1]["seq"] - len(events)
    assert num_lost > 200
    assert sum(event.get("num_events_lost", 0) for event in events) == num_lost


def test_an_event_longer_than_a_block_is_read_and_passed(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    writer.write(EventKind.NOTE, message="x" * (3 << 20))
    writer.write(EventKind.NOTE, message="after")
    assert [len(event["message"]) for event in all_events(path)] == [3 << 20, 5]
    assert read_events(path, stop=1 << 20) == ([], 0)
    again = EventWriter(path)
    again.write(EventKind.NOTE, message="more")
    assert all_events(path)[-1]["seq"] == 3


def test_numbers_go_on_after_a_damaged_last_line_of_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    writer = EventWriter(path)
    for _ in range(2_000):
        writer.write(EventKind.NOTE, message="x" * 1_000)
    with path.open("ab") as file:
        file.write(b"\x00 damaged\n")
    again = EventWriter(path)
    again.write(EventKind.NOTE, message="after")
    assert all_events(path)[-1]["seq"] == 2_001
