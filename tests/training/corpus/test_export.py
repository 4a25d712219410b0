"""The exported kept set, read by pyarrow and json alone, is what the funnel's number says."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.corpus.jobs import documents_in, extract_texts, run_verb
from training.folder.artifact import changed_files, load_manifest

PROSE = "The {} of the house was not at home when we came to it on that day in {}. "
TEXTS = [
    *(PROSE.format(f"owner{n}", f"月{n}") + PROSE.format(n, n + 1) for n in range(40)),
    "too short",
    *(PROSE.format(f"owner{n}", f"月{n}") + PROSE.format(n, n + 1) for n in range(5)),
    "line\nbreak \u2028 and \x85 others " + PROSE.format(1, 2) * 2,
]
RULES = {"word_count": {"at_least": 20}, "repeated_5grams": {"is_on": False}}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    extract_texts(folder, TEXTS)
    run_verb("clean", folder / "clean", documents="../extract/output", rules=RULES)
    return folder


def json_rows(path):
    """No code of ours: zstd by pyarrow, lines by their one separator, rows by json."""
    with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as stream:
        text = io.BytesIO(stream.read()).getvalue().decode()
    assert text.endswith("\n")
    return [json.loads(line) for line in text[:-1].split("\n")]


READERS = {"jsonl.zst": json_rows, "parquet": lambda path: pq.read_table(path).to_pylist()}


@pytest.mark.parametrize("format", READERS)
def test_the_number_in_the_funnel_is_the_number_of_rows(home, tmp_path, format):
    corpus = home / "clean" / "output"
    output = run_verb("export_corpus", tmp_path / "out", corpus=str(corpus), format=format)
    rows = READERS[format](output / f"documents.{format}")
    funnel = json.loads((corpus / "funnel.json").read_text())
    assert funnel["kept"] == {
        "documents": len(rows),
        "bytes": sum(len(row["text"].encode()) for row in rows),
        "tokens": None,
    }
    assert len(rows) == 41
    originals = {row["doc_id"].hex(): row for row in documents_in(home / "extract" / "output")}
    for row in rows:
        original = originals[row["id"]]
        assert (row["text"], row["source"]) == (original["text"], original["source"])
        assert row["origin"] == original["origin"]
    assert [row["id"] for row in rows] == [name for name in originals if name in {
        row["id"] for row in rows}]  # fmt: skip
    assert load_manifest(output).counts["documents"] == len(rows)
    assert changed_files(output) == []
