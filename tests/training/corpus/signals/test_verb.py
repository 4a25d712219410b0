"""The verb ``signals``: every signal of every document as a table."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.training.corpus.jobs import documents_in, extract_texts, resharded, run_verb
from tests.training.corpus.signals import oracle
from training.errors import SpecError
from training.registry import SIGNALS
from training.specs.signals import SignalsSpec

TEXTS = ["The cat sat on the mat.\nThe cat sat.", "有朋自远方来，不亦乐乎？", "", "a " * 30, "🙂"]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extract_texts(tmp_path_factory.mktemp("texts"), TEXTS)


def test_the_table_has_every_signal_of_every_document(documents: Path, tmp_path: Path) -> None:
    output = run_verb("signals", tmp_path / "job", documents=str(documents))
    (file,) = output.glob("signals-*.parquet")
    table = pq.read_table(file)
    assert table.column_names == ["doc_id", "source", *SIGNALS]
    texts = [row["text"] for row in documents_in(documents)]
    assert table["doc_id"].to_pylist() == [row["doc_id"].hex() for row in documents_in(documents)]
    for name, define in oracle.SIGNALS.items():
        expected = [define(text) for text in texts]
        assert table[name].to_pylist() == pytest.approx(expected, rel=1e-6, abs=1e-6), name
    assert set(table["language"].to_pylist()) >= {"zh", ""}
    assert table.schema.field("repetition_rate").type == pa.float32()


def test_named_signals_alone_and_any_number_of_shards(documents: Path, tmp_path: Path) -> None:
    parts = resharded(documents, tmp_path / "parts", 40)
    named = ["word_count", "repetition_rate"]
    one = run_verb("signals", tmp_path / "one", documents=str(documents), signals=named)
    many = run_verb("signals", tmp_path / "many", documents=str(parts), signals=named)
    files = sorted(many.glob("signals-*.parquet"))
    assert len(files) > 1
    whole = pa.concat_tables([pq.read_table(file) for file in files])
    assert whole.equals(pq.read_table(next(one.glob("signals-*.parquet"))))
    assert whole.column_names == ["doc_id", "source", *named]


def test_a_signal_that_does_not_exist_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SpecError, match="Did you mean 'word_count'"):
        SignalsSpec.parse({"documents": "d", "signals": ["word_counts"]})
    with pytest.raises(SpecError, match="is named twice"):
        SignalsSpec.parse({"documents": "d", "signals": ["word_count", "word_count"]})
