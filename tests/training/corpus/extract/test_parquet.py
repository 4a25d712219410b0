"""Parquet: rows become documents; a file that stands for much more than it is, is stopped."""

from __future__ import annotations

import io
import json
import resource

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.corpus.extract.reading import read


def parquet(columns: dict[str, object], **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def test_rows_become_documents_and_plain_columns_go_along(tmp_path):
    data = parquet({"id": [1, 2], "text": ["one", "two"], "vector": [[1.0], [2.0]]})
    reading = read(tmp_path, "parquet", data)
    assert reading.texts == ["one", "two"]
    assert [row["line"] for row in reading.rows] == [1, 2]
    assert json.loads(reading.rows[1]["meta"]) == {"id": 2}
    assert reading.result.warnings == {"columns that are no plain text or numbers: left out": 1}


def test_rows_without_text_are_faults_of_their_row(tmp_path):
    reading = read(tmp_path, "parquet", parquet({"text": ["one", None, " ", "four"], "n": [1] * 4}))
    assert reading.texts == ["one", "four"]
    assert [(fault["what"], fault["line"]) for fault in reading.result.faults] == [
        ("row", 2),
        ("row", 3),
    ]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"n": [1]}, "has no column of text; its columns: n"),
        ({"a": ["x"], "b": ["y"]}, "its columns: a, b; name the text in tables.text_columns"),
    ],
)
def test_without_a_text_column_the_columns_are_listed(tmp_path, columns, sentence):
    assert sentence in read(tmp_path, "parquet", parquet(columns)).result.refused


def test_a_named_column_of_numbers_is_refused_with_its_type(tmp_path):
    data = parquet({"n": [1], "s": ["x"]})
    refused = read(tmp_path, "parquet", data, text_columns=["n"]).result.refused
    assert refused == "holds int64 in the column 'n', not text; its columns of text: s"


def test_a_file_cut_off_is_refused(tmp_path):
    data = parquet({"text": ["some words"] * 50})
    refused = read(tmp_path, "parquet", data[:-20]).result.refused
    assert refused.startswith(("is cut off or no Parquet file", "is damaged"))


def bomb(num_rows: int = 286) -> bytes:
    """About half a kilobyte that stands for 286 MB: one megabyte, 286 times."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * num_rows, pa.int32()), ["a" * 1_000_000])
    data = parquet({"text": texts}, compression="zstd")
    assert len(data) < 2_000
    return data


def test_a_dictionary_bomb_is_stopped_before_it_fills_the_memory(tmp_path):
    data = bomb()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading = read(tmp_path, "parquet", data)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert "times its own size, as zip bombs do" in reading.result.refused
    assert reading.rows == []
    assert grown < 150_000


def test_the_limit_that_stopped_it_can_be_raised(tmp_path):
    reading = read(tmp_path, "parquet", bomb(70), max_ratio=1_000_000)
    assert reading.result.num_documents == 70


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (pa.timestamp("ns"), 1_700_000_000_123_456_789, "2023-11-14 22:13:20.123456789"),
        (pa.timestamp("us"), 9 * 10**17, "30489-11-11 16:00:00.000000"),
        (pa.timestamp("ms", "Nowhere/Town"), 1, "1970-01-01 00:00:00.001Z"),
        (pa.date32(), 5, "1970-01-06"),
        (pa.duration("ns"), 5, "5"),
    ],
)
def test_times_that_python_cannot_hold_go_along_as_text(tmp_path, kind, value, told):
    data = parquet({"text": ["words", "more"], "at": pa.array([value, None], kind)})
    reading = read(tmp_path, "parquet", data)
    assert reading.texts == ["words", "more"]
    assert [json.loads(row["meta"])["at"] for row in reading.rows] == [told, None]
