"""Texts that are odd in every way, through every transform at once; stops and restarts."""

from __future__ import annotations

import json
import threading
import time

import pytest

from tests.training.corpus.jobs import documents_in, events_of, extract_texts, resharded, run_verb
from training.corpus.documents import SCHEMA, Documents, DocumentWriter
from training.corpus.transforms import rewrite
from training.corpus.transforms.chain import Chain
from training.folder.artifact import write_artifact
from training.folder.atomic import write_json
from training.registry import TRANSFORMS

ON = {"is_on": True}
LINE = "The same long line again and again."
#: Those that need nothing but texts.
ALL = {name: ON for name in TRANSFORMS if name != "cut_contamination"}
ODD = {
    "one character": "x",
    "blank lines": "\n\n \t\n\r\n",
    "no line breaks": "Words follow words without an end to them and never a line break",
    "crlf": f"{LINE}\r\n{LINE}\r\nA last line of this text.\r\n",
    "emoji": "👩‍👩‍👧 came here with 🏳️‍🌈 and then went on again 😀😀😀\n" * 3,
    "right to left": "هذا نص عربي فيه كلمات كثيرة جدا هنا.\nهذا نص عربي فيه كلمات كثيرة جدا هنا.\n",
    "chinese": "这是一个很长的句子，用来测试重复的句子是否会被删除。" * 8,
    "controls": "a\x00b\x1b[31mred\x1b[0m and some other words\u2028too\x85here",
    "combining": "Z\u0351\u036b\u0343a\u0351\u0313l\u0347\u0352go " * 30,
    "marks only": "....!!!???。。。！！！",
    "edges": "[1][2][[[3]]] &amp;&#0;&#x110000; â€ Ã",
}


def written(folder, texts: list[str]):
    """Documents with these texts, the empty one too, which no extractor lets through."""
    one = extract_texts(folder, ["x"])
    with write_artifact(folder / "odd", "documents") as draft, DocumentWriter(draft.path) as writer:
        (row,) = Documents.open(one).batches(SCHEMA.names)
        place = row.schema.get_field_index("text")
        import pyarrow as pa

        for text in texts:
            writer.write(
                row.set_column(place, row.schema.field(place), pa.array([text], pa.large_string()))
            )
    return folder / "odd"


def test_odd_texts_come_through_whole(tmp_path):
    documents = written(tmp_path, ["", *ODD.values(), *ODD.values()])
    made = run_verb("transform", tmp_path / "made", documents=str(documents), num_workers=1, **ALL)
    texts = [row["text"] for row in documents_in(made)]
    assert texts
    assert all(text.strip() for text in texts)
    report = json.loads((made / "edits.json").read_text())
    assert report["left_out"]["documents"] + len(texts) == 2 * len(ODD) + 1
    assert [row["name"] for row in report["transforms"]] == list(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_transform_alone_bears_every_odd_text(tmp_path, name):
    documents = written(tmp_path, ["", *ODD.values(), LINE])
    made = run_verb("transform", tmp_path / "made", documents=str(documents), num_workers=1,
                    **{name: ON})  # fmt: skip
    assert documents_in(made)


def test_one_line_of_ten_megabytes(tmp_path):
    long = "Some words that are the same. " * 350_000
    documents = extract_texts(tmp_path, [long, long + "x", LINE])
    began = time.process_time()
    made = run_verb("transform", tmp_path / "made", documents=str(documents), num_workers=1, **ALL)
    assert time.process_time() - began < 60
    texts = [row["text"] for row in documents_in(made)]
    assert texts[0] == "Some words that are the same."
    report = (made / "edits.json").read_text()
    assert len(report) < 100_000


def test_crlf_and_blank_lines_stay_sane(tmp_path):
    documents = extract_texts(tmp_path, [ODD["crlf"]])
    made = run_verb("transform", tmp_path / "made", documents=str(documents), repeated_lines=ON)
    assert documents_in(made)[0]["text"] == f"{LINE}\r\nA last line of this text.\r\n"


def test_a_stopped_job_keeps_what_is_done_and_goes_on(tmp_path, monkeypatch):
    texts = [f"{LINE} {n}\nown {n}\n{LINE} {n}" for n in range(40)]
    documents = resharded(extract_texts(tmp_path, texts), tmp_path / "split", 600)
    whole = run_verb("transform", tmp_path / "whole", documents=str(documents), **ALL)
    folder = tmp_path / "made"
    read = Chain.read
    calls = []

    def counted(self, shard, *rest):
        calls.append(shard)
        if len(calls) == 7:
            (folder / "control").mkdir(exist_ok=True)
            write_json(folder / "control" / "stop", {"wanted": "stop"})
        return read(self, shard, *rest)

    monkeypatch.setattr(Chain, "read", counted)
    run_verb("transform", folder, documents=str(documents), num_workers=1, **ALL)
    assert not (folder / "output").exists()
    assert events_of(folder, "stopped")
    assert len(calls) == 7
    (folder / "control" / "stop").unlink()
    made = run_verb("transform", folder, documents=str(documents), num_workers=1, **ALL)
    # every shard once in each of four passes; the one that was under way twice
    assert len(calls) == 4 * len(list(documents.glob("shard-*"))) + 1
    assert documents_in(made) == documents_in(whole)
    assert not (folder / "work").exists()


def test_a_stop_is_heard_within_a_batch_of_broken_text(tmp_path):
    broken = "schÃ¶n und gut, das ist es ja. " * 60_000
    documents = extract_texts(tmp_path, [broken] * 6)
    folder = tmp_path / "made"
    folder.mkdir()

    def ask() -> None:
        (folder / "control").mkdir(exist_ok=True)
        write_json(folder / "control" / "stop", {"wanted": "stop"})

    asked = threading.Timer(1.0, ask)
    asked.start()
    began = time.monotonic()
    run_verb("transform", folder, documents=str(documents), num_workers=1, mend_unicode=ON)
    asked.cancel()
    assert events_of(folder, "stopped") or time.monotonic() - began < 1
    assert time.monotonic() - began < 15


def test_documents_that_lose_a_whole_shard_are_numbered_without_a_gap(tmp_path):
    texts = ["same text " * 6] * 30 + ["one of its own, with words enough for everybody"]
    documents = resharded(extract_texts(tmp_path, texts), tmp_path / "split", 300)
    made = run_verb("transform", tmp_path / "made", documents=str(documents),
                    duplicate_lines=ON)  # fmt: skip
    assert [row["text"] for row in documents_in(made)] == [texts[0], texts[-1]]
    names = sorted(file.name for file in made.glob("shard-*"))
    assert names == ["shard-00000.parquet", "shard-00001.parquet"]
    assert rewrite.shard_file(tmp_path, 0) is None
