"""Every verb that computes with compiled kernels, on text that no warm-up has seen.

``python -m tests.training.tokens.kernel_jobs FOLDER`` runs them in this process.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from tests.training.corpus.jobs import extract_texts, resharded, run_verb
from training.registry import RULES, TRANSFORMS
from training.specs.packing import Isolation, PackingPart, PackingWay
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore

_WORDS = [
    "the", "of", "and", "to", "house", "river", "mountain", "letter", "number", "a", "我们", "来到",
    "café", "don't", "e@mail.org",
]  # fmt: skip


def texts(count: int) -> list[str]:
    """Documents of some lines, every fifth one nearly the same as the one before."""
    dice, found = random.Random(5), []
    for number in range(count):
        lines = [" ".join(dice.choices(_WORDS, k=12)) + "." for _ in range(8)]
        text = f"{found[-1]} again." if number % 5 == 4 else "\n".join(lines)
        found.append(text)
    return found


def write_jsonl(path: Path, rows: list[dict[str, object]]) -> str:
    """The rows as a file; returns its path."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def run_all(folder: Path) -> None:
    """A chain of jobs below ``folder``: two shards, so that workers are used as well."""
    every = texts(60)
    extracted = extract_texts(folder, every)
    documents = {"documents": str(resharded(extracted, folder / "documents", 8_000))}
    items = write_jsonl(folder / "items.jsonl", [{"question": every[3]}, {"question": every[7]}])
    found = run_verb("decontaminate", folder / "found", **documents, inputs=[{"path": items}])
    on = {name: {"is_on": True} for name in TRANSFORMS}
    contamination = {"contamination": str(found)}
    run_verb("transform", folder / "transform", **documents, **on, **contamination)
    ngram = run_verb("fit_ngram", folder / "ngram", **documents)
    run_verb("fit_ngram", folder / "foreign", path=str(ngram / "model.arpa"))
    run_verb("dedup", folder / "dedup", **documents)
    run_verb("signals", folder / "signals", **documents)
    score_all(folder, documents, every)
    rules = {name: {"is_on": name in {"perplexity", "near_duplicates"}} for name in RULES}
    for way in ("characters", "rjieba"):
        corpus = run_verb(
            "clean",
            folder / way,
            **documents,
            rules=rules,
            ngram_model=str(ngram),
            segmentation=way,
        )
    run_verb("corpus_report", folder / "report", corpus=str(corpus))
    run_verb("search", folder / "search", corpus=str(corpus), phrase="the river", ignore_case=True)
    pack(folder, corpus)


def score_all(folder: Path, documents: dict[str, str], every: list[str]) -> None:
    """Classifiers of hashed words and of a list, fitted and asked."""
    rows = [{"text": text, "score": number % 6} for number, text in enumerate(every)]
    (folder / "list.txt").write_text("river\nmountain house\n")
    labelled = write_jsonl(folder / "rows.jsonl", rows)
    hashed = run_verb("fit_classifier", folder / "hashed", path=labelled)
    words = run_verb(
        "fit_classifier", folder / "words", path=str(folder / "list.txt"), form="keywords"
    )
    for name, classifier in (("by-hashes", hashed), ("by-words", words)):
        run_verb("score", folder / name, **documents, classifier=str(classifier))


def pack(folder: Path, corpus: Path) -> None:
    """A token store, and its documents in rows in each way."""
    tokenizer = run_verb("tokenizer", folder / "tokenizer", corpus=str(corpus), vocab_size=300)
    store = run_verb(
        "tokenize", folder / "tokens", corpus=str(corpus), tokenizer=str(tokenizer), num_threads=1
    )
    for way in PackingWay:
        part = PackingPart(way=way, isolation=Isolation.DOCUMENT)
        rows_of_split(TokenStore.open(store), "train", 64, part)


if __name__ == "__main__":
    run_all(Path(sys.argv[1]))
