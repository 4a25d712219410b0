"""A version that redacts: no verb that reads it sees a value, and previews never do."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import training
from tests.training.corpus.jobs import extract_texts, run_verb
from training.corpus.corpus import INFO_FILE, Corpus
from training.errors import DataError, SpecError
from training.helper.corpora import filter_corpus, read_document
from training.helper.task_previews import task_rows
from training.specs.clean import CleanSpec
from training.tokenizers.load import load_tokenizer
from training.tokens.store import TOKENIZER_FOLDER, TokenStore

VALUES = ["ada@example.org", "4111 1111 1111 1111"]
TEXTS = [
    f"Letter {n}: write to {VALUES[0]} or call the office; the card {VALUES[1]} is lost, they say."
    for n in range(30)
]
RULES = {"word_count": {"at_least": 5}, "repeated_5grams": {"is_on": False}}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    extract_texts(folder, TEXTS)
    for name, kinds in (("plain", []), ("redacted", ["email", "card"]), ("part", ["card"])):
        run_verb("clean", folder / name, documents="../extract/output", rules=RULES, redact=kinds)
    return folder


def test_texts_are_redacted_when_read_and_only_the_kinds_of_the_version(home):
    assert list(Corpus.open(home / "plain/output").texts()) == TEXTS
    both = list(Corpus.open(home / "redacted/output").texts())
    assert both[3] == TEXTS[3].replace(VALUES[0], "<EMAIL_1>").replace(VALUES[1], "<CARD_1>")
    part = list(Corpus.open(home / "part/output").texts())
    assert part[3] == TEXTS[3].replace(VALUES[1], "<CARD_1>")


def test_the_tokenizer_the_tokens_and_the_export_see_no_value(home):
    corpus = str(home / "redacted/output")
    run_verb("tokenizer", home / "tokenizer", corpus=corpus, vocab_size=300)
    vocabulary = (home / "tokenizer/output/tokenizer.json").read_text()
    tokens = run_verb(
        "tokenize", home / "tokens", corpus=corpus, tokenizer=str(home / "tokenizer/output")
    )
    store = TokenStore.open(tokens)
    tokenizer = load_tokenizer(tokens / TOKENIZER_FOLDER)
    seen = [tokenizer.decode(store.document_tokens(n).tolist()) for n in range(len(TEXTS))]
    exported = run_verb("export_corpus", home / "export", corpus=corpus, format="parquet")
    seen += pq.read_table(exported / "documents.parquet").column("text").to_pylist()
    assert len(seen) == 2 * len(TEXTS)
    for text in [*seen, vocabulary]:
        assert not any(value in text for value in VALUES)
    assert all("<EMAIL_1>" in text for text in seen)


def test_the_bytes_of_a_token_store_are_those_that_were_read(home):
    counts = json.loads((home / "tokens/output/manifest.json").read_text())["counts"]
    texts = list(Corpus.open(home / "redacted/output").texts())
    assert counts["text_bytes"] == sum(len(text.encode()) for text in texts)


@pytest.mark.parametrize("version", ["plain", "redacted"])
def test_a_preview_is_masked_whatever_the_version_redacts(home, version):
    folder = home / version / "output"
    assert VALUES[0] not in (folder / "funnel.json").read_text()
    rules = {**RULES, "personal_data": {"is_on": True}}
    page = filter_corpus(str(folder), rules, rule="personal_data")
    shown = [row["excerpt"] for row in page["documents"]]
    whole = read_document(str(folder), 3, rules, "personal_data")
    for text in [*shown, whole["text"]]:
        assert not any(value in text for value in VALUES)
    assert whole["num_masked"] == 2
    marked = [whole["text"][slice(*place)] for place in whole["places"]]
    assert marked == ["<EMAIL_1>", "<CARD_1>"]


def test_a_kind_that_nobody_knows_is_refused(home):
    with pytest.raises(SpecError, match="no such kind of personal data"):
        CleanSpec.parse({"documents": "d", "redact": ["emial"]})
    info = home / "part/output" / INFO_FILE
    stored = info.read_text()
    info.write_text(stored.replace('"card"', '"shoe"'))
    with pytest.raises(DataError, match="shoe"):
        Corpus.open(home / "part/output")
    info.write_text(stored)


def test_only_what_makes_or_shows_a_corpus_reads_texts_past_its_redaction():
    """Everything else must ask `Corpus`; a new reader has to be thought about here."""
    columns = {
        "corpus/signals/table", "corpus/signals/verb", "corpus/dedup/clusters",
        "corpus/text_columns", "scoring/verb",
    }  # fmt: skip
    places = {"corpus/contamination/hits"}
    # Looks for the items of a benchmark; what it keeps are ids and shares.
    places |= {"evaluation/searched"}
    previews = {"corpus/pipeline"}
    package = Path(training.__file__).parent
    readers = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _reads_documents(node):
                readers.add(path.relative_to(package).with_suffix("").as_posix())
    assert readers == columns | places | previews


def _reads_documents(node: ast.Call) -> bool:
    """Whether texts are taken from documents themselves: a call that names the column."""
    called = ast.unparse(node.func)
    is_raw = called.endswith(("shard_batches", "documents.batches", "documents.rows"))
    return is_raw and any("'text'" in ast.unparse(value) for value in node.args)


def test_rows_of_a_task_set_are_shown_masked(tmp_path):
    row = {"instruction": f"Write to {VALUES[0]}.", "output": "x " * 397 + VALUES[0]}
    upload = tmp_path / "rows.jsonl"
    upload.write_text("".join(json.dumps(row) + "\n" for _ in range(8)))
    tasks = run_verb("tasks", tmp_path / "tasks", inputs=[{"path": "../rows.jsonl"}])
    shown = json.dumps(task_rows(str(tasks), "train"))
    assert "<EMAIL_1>" in shown
    assert "ada" not in shown
