"""The verb ``corpus_report``: the same numbers however it runs, and what it says of odd corpora."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.training.corpus.jobs import events_of, extract_texts, resharded, run_verb
from training.corpus.quality_report.reading import SampleReader
from training.corpus.stopping import StopRequestedError
from training.errors import DataError
from training.folder.artifact import load_manifest
from training.report.corpus.sections import document, sections

SENTENCE = (
    "The patient reader goes on with the long and curious story of the old house by the sea. "
)


def texts(number: int) -> list[str]:
    """Some documents of different lengths; every seventh is a copy of the one before."""
    made = [f"Chapter {n}. {SENTENCE * (1 + n % 5)}Number {n * n} ends it." for n in range(number)]
    for place in range(6, number, 7):
        made[place] = made[place - 1]
    return made


def corpus_of(folder: Path, sources: dict[str, list[str]], **rules: Any) -> Path:
    """A cleaned corpus of texts by source."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = []
    for name, found in sources.items():
        lines = "".join(json.dumps({"text": text}) + "\n" for text in found)
        (folder / f"{name}.jsonl").write_text(lines)
        inputs.append({"path": f"../{name}.jsonl", "source": name})
    documents = run_verb("extract", folder / "extract", inputs=inputs)
    return cleaned(folder, documents, **rules)


def cleaned(folder: Path, documents: Path, **rules: Any) -> Path:
    path = os.path.relpath(documents, folder / "clean")
    on = {name: {"is_on": True, **values} for name, values in rules.items()}
    return run_verb("clean", folder / "clean", documents=path, preset="off", rules=off() | on)


def off() -> dict[str, Any]:
    from training.specs.rule_presets import OFF

    return dict(OFF.model_dump(mode="json"))


def reported(corpus: Path, folder: Path, **fields: Any) -> dict[str, Any]:
    path = os.path.relpath(corpus, folder)
    output = run_verb("corpus_report", folder, corpus=path, **fields)
    return dict(json.loads((output / "report.json").read_text()))


def without_time(data: dict[str, Any]) -> dict[str, Any]:
    """What must be the same: all but when and of which folders it was made."""
    settings = {k: v for k, v in data["settings"].items() if k not in {"num_workers", "corpus"}}
    return {**data, "written": 0, "title": "", "corpus": {}, "settings": settings}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sources that share a text; what is short is dropped."""
    folder = tmp_path_factory.mktemp("corpus")
    novels, web = texts(60), [*texts(8)[:2], *(f"short note {n}" for n in range(10))]
    return corpus_of(folder, {"novels": novels, "web": web}, word_count={"at_least": 10})


def test_every_part_is_told_before_and_after(corpus: Path, tmp_path: Path) -> None:
    data = reported(corpus, tmp_path / "report")
    whole, novels, web = data["populations"]
    assert [one["source"] for one in data["populations"]] == ["", "novels", "web"]
    assert whole["before"]["num_documents"] == 72
    assert whole["after"]["num_documents"] == 62
    assert (web["before"]["num_documents"], web["after"]["num_documents"]) == (12, 2)
    assert novels["before"]["num_sampled"] == 60
    assert novels["before"]["measures"]["whole_sentences"] == {"value": 1.0, "error": 0.0}
    assert web["before"]["measures"]["whole_sentences"]["value"] < 1
    exact = data["duplication"]["exact"]
    assert exact["before"]["spare"] == [8, 0]
    assert exact["before"]["shared"] == [[16, 2], [2, 0]]
    assert exact["after"]["shared"] == [[16, 2], [2, 0]]
    assert load_manifest(tmp_path / "report" / "output").kind == "corpus_report"
    output = tmp_path / "report" / "output"
    html, text = (output / "report.html").read_text(), (output / "report.md").read_text()
    for title in ("Summary", "Duplication", "Vocabulary", "Machine-made text"):
        assert f">{title}</h2>" in html
        assert f"## {title}" in text


def test_workers_and_shards_change_nothing(tmp_path: Path, corpus: Path) -> None:
    documents = corpus.parents[1] / "extract" / "output"
    small = resharded(documents, tmp_path / "small", 5_000)
    assert len(list(small.glob("shard-*"))) > 2
    other = cleaned(tmp_path, small, word_count={"at_least": 10})
    one = reported(corpus, tmp_path / "one", num_workers=1, sample_documents=20)
    two = reported(other, tmp_path / "two", num_workers=2, sample_documents=20)
    assert without_time(one) == without_time(two)


def test_a_sample_tells_its_error_and_another_seed_another_sample(
    corpus: Path, tmp_path: Path
) -> None:
    few = reported(corpus, tmp_path / "few", sample_documents=12)
    other = reported(corpus, tmp_path / "other", sample_documents=12, seed=1)
    told, whole = few["populations"][0]["before"], 5.0
    assert told["num_sampled"] == 12
    assert 0 < told["measures"]["sentence_words"]["error"] < whole
    assert (
        few["populations"][1]["before"]["num_words"]
        == (other["populations"][1]["before"]["num_words"])
    )
    assert (
        few["populations"][1]["before"]["sampled_bytes"]
        != (other["populations"][1]["before"]["sampled_bytes"])
    )


def test_an_attempt_that_was_stopped_goes_on(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = resharded(corpus.parents[1] / "extract" / "output", tmp_path / "small", 5_000)
    other = cleaned(tmp_path, small, word_count={"at_least": 10})
    whole = reported(other, tmp_path / "whole", num_workers=1)
    read: list[int] = []
    original = SampleReader.__call__

    def once(self: SampleReader, shard: int, check: Any) -> int:
        if len(read) == 2:
            read.append(-1)
            raise StopRequestedError("stop")
        read.append(shard)
        return original(self, shard, check)

    monkeypatch.setattr(SampleReader, "__call__", once)
    path = os.path.relpath(other, tmp_path / "again")
    run_verb("corpus_report", tmp_path / "again", corpus=path, num_workers=1)
    assert events_of(tmp_path / "again", "stopped")
    assert not (tmp_path / "again" / "output").exists()
    assert without_time(reported(other, tmp_path / "again", num_workers=1)) == without_time(whole)
    assert len(read) == len(set(read)), "no shard was read twice"


@pytest.mark.parametrize(
    "sources",
    [
        {"one": ["A single document of some words."]},
        {"blank": ["\n", " \n ", "."]},
        {"chinese": ["你好世界。我们都在这里。" * 30, "今天天气很好。" * 20]},
        {"right_to_left": ["مرحبا بالعالم. هذا نص قصير للتجربة." * 5, "שלום עולם. זה טקסט."]},
        {"faces": ["🙂" * 50, "no spaces" + "x" * 3_000]},
    ],
    ids=lambda sources: next(iter(sources)),
)
def test_odd_corpora_give_a_report(sources: dict[str, list[str]], tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, sources)
    data = reported(corpus, tmp_path / "report")
    assert len(sections(data)) == 11
    assert ">nan" not in document(data).html()


def test_a_document_of_one_line_of_ten_megabytes_is_measured_by_its_beginning(
    tmp_path: Path,
) -> None:
    corpus = corpus_of(tmp_path, {"big": ["word " * 2_000_000, "A small one beside it."]})
    data = reported(corpus, tmp_path / "report")
    told = data["populations"][0]["before"]
    assert told["num_bytes"] > 10_000_000
    assert told["sampled_bytes"] < 200_000


def test_markup_in_a_text_and_in_a_source_is_escaped(tmp_path: Path) -> None:
    bad = "As an AI language model, I say <script>alert(1)</script> to joe@example.com."
    corpus = corpus_of(tmp_path, {"<b>": [bad, bad + "x"]})
    data = reported(corpus, tmp_path / "report")
    html = (tmp_path / "report" / "output" / "report.html").read_text()
    assert data["machine_made"][0]["marks"] == ["assistant"]
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "<b>" not in html.replace("<b></b>", "")
    assert "joe@example.com" not in html


def test_many_small_sources_are_told_as_one(tmp_path: Path) -> None:
    sources = {f"s{n}": texts(9 - n) for n in range(6)}
    corpus = corpus_of(tmp_path, sources)
    data = reported(corpus, tmp_path / "report", max_sources=3)
    assert data["sources"][-1] == "4 other sources"
    assert (
        sum(one["before"]["num_documents"] for one in data["populations"][1:])
        == (data["populations"][0]["before"]["num_documents"])
    )


def test_a_corpus_whose_documents_are_gone_is_refused(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, {"one": texts(3)})
    shutil.rmtree(tmp_path / "extract" / "output")
    with pytest.raises(DataError, match="documents of the corpus clean are gone"):
        reported(corpus, tmp_path / "report")


def test_a_corpus_without_signals_is_refused(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, {"one": texts(3)})
    shutil.rmtree(corpus / "signals")
    with pytest.raises(DataError, match="is damaged: its file signals"):
        reported(corpus, tmp_path / "report")


def test_stored_clusters_are_taken_and_a_search_can_be_left_out(tmp_path: Path) -> None:
    near = [*texts(5), *(text + " And one more word." for text in texts(5))]
    corpus = corpus_of(tmp_path, {"one": near}, near_duplicates={})
    data = reported(corpus, tmp_path / "report")
    assert not list((tmp_path / "report").glob("work"))
    assert data["duplication"]["search"] == "near-0.7-5w-22x5-v1"
    assert data["duplication"]["near"]["before"]["spare_in_whole"] > 0
    assert data["duplication"]["near"]["after"]["spare_in_whole"] == 0
    plain = corpus_of(tmp_path / "plain", {"one": texts(5)})
    without = reported(plain, tmp_path / "without", near_duplicates=False)
    assert without["duplication"]["near"] is None
    assert any("were not searched" in text for one in sections(without) for text in one.paragraphs)


def test_the_corpus_may_have_been_extracted_to_nothing_but_copies(tmp_path: Path) -> None:
    documents = extract_texts(tmp_path, ["The same text again."] * 4)
    corpus = cleaned(tmp_path, documents, exact_duplicates={})
    data = reported(corpus, tmp_path / "report")
    assert data["duplication"]["exact"]["before"]["share_in_whole"] == 0.75
    assert data["duplication"]["exact"]["after"]["share_in_whole"] == 0


def test_a_source_of_which_nothing_is_kept_is_empty_after_cleaning(tmp_path: Path) -> None:
    sources = {"good": texts(8), "bad": [f"short {n}" for n in range(5)]}
    corpus = corpus_of(tmp_path, sources, word_count={"at_least": 10})
    data = reported(corpus, tmp_path / "report")
    bad = next(one for one in data["populations"] if one["source"] == "bad")
    assert bad["after"]["num_documents"] == 0
    assert {told["value"] for told in bad["after"]["measures"].values()} == {None}
    text = document(data).markdown()
    assert "Nothing is kept of bad" in text


def test_web_pages_and_an_encyclopedia(tmp_path: Path, shared_data: Path) -> None:
    demo = shared_data / "corpora"
    lines = (demo / "c4_demo.jsonl").read_text().splitlines()
    pages = [json.loads(line)["text"] for line in lines]
    articles = (demo / "wiki_demo.txt").read_text().splitlines()
    corpus = corpus_of(tmp_path, {"web": pages, "wiki": [a for a in articles if len(a) > 200]})
    data = reported(corpus, tmp_path / "report", num_topics=6)
    whole, *sources = data["populations"]
    for one in sources:
        told = one["before"]
        assert told["measures"]["whole_sentences"]["value"] > 0.9
        assert told["measures"]["likely_slips"]["value"] < 1
        assert told["measures"]["machine_made"]["value"] < 0.05
        assert 0.3 < told["density"]["blocks"]["share"] < 0.5
        assert 0.5 < told["diversity"]["growth"]["beta"] < 0.8
        assert 9 < told["diversity"]["entropy_bits"] < 12
    assert whole["before"]["topics"]["effective"] > 2
    assert len(data["topics"]) == 6
    assert data["style_distances"][0][0][1] > 0.1
