"""Frozen encoders: vectors as transformers has them, models of ours too, refusals as sentences."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from transformers import AutoModel

from tests.training.corpus.jobs import events_of, extract_texts, resharded, run_verb
from tests.training.importing.bases import write_base, write_tokenizer
from tests.training.scoring.encoders import bert_folder
from tests.training.scoring.rows import fit, labelled, text_of
from training.corpus.classifiers.classifier import Classifier
from training.corpus.corpus import Corpus
from training.errors import DataError
from training.export.folder import export_model
from training.export.native import match_native
from training.folder.artifact import load_manifest
from training.folder.layout import JobFolder
from training.model.building import build_model
from training.registry import RULE_PRESETS
from training.scoring.embedding import open_encoder
from training.specs.model import ModelSpec

OFF = RULE_PRESETS["off"].load().model_dump(mode="json")
CLASS = {"form": "encoder", "target": "class", "positive": "good"}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert_folder(tmp_path_factory.mktemp("bert") / "model")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory, bert: Path) -> Path:
    folder = tmp_path_factory.mktemp("fitted")
    return fit(folder, labelled(80), **CLASS, encoder_path=str(bert), num_threads=1)


def test_vectors_are_means_of_hidden_states_whatever_the_batch(bert):
    encoder = open_encoder(bert, 512, "cpu")
    assert encoder.max_tokens == 64
    texts = [text_of(True, 1, 5), "", text_of(False, 2, 40), text_of(True, 3, 200), "the"]
    one_by_one = encoder.embed(texts, lambda: None, 1)
    together = encoder.embed(texts, lambda: None, 100_000)
    assert np.allclose(one_by_one, together, atol=1e-5)
    model = AutoModel.from_pretrained(bert).eval()
    for text, vector in zip(texts, together, strict=True):
        ids = torch.tensor([encoder.tokenizer.encode(text).ids])
        assert ids.shape[1] <= 64
        with torch.inference_mode():
            wanted = model(input_ids=ids).last_hidden_state[0].mean(dim=0).numpy()
        assert np.allclose(vector, wanted, atol=1e-5)


def test_a_stop_is_looked_for_before_each_batch(bert):
    calls = []
    open_encoder(bert, 512, "cpu").embed(["the river"] * 10, lambda: calls.append(1), 8)
    assert len(calls) >= 5


def test_an_encoder_is_fitted_copied_and_scores_documents(tmp_path, classifier, bert):
    told = json.loads((classifier / "evaluation.json").read_text())
    assert told["auc"] > 0.95
    assert told["encoder_width"] == 32
    assert Classifier.open(classifier).max_tokens == 64
    names = {path.name for path in (classifier / "encoder").iterdir()}
    assert names == {"config.json", "model.safetensors", "tokenizer.json"}
    texts = [text_of(n % 2 == 0, 900 + n) for n in range(12)] + ["!"]
    documents = extract_texts(tmp_path, texts)
    scores = run_verb(
        "score", tmp_path / "score", documents=str(documents), classifier=str(classifier),
        num_threads=1,
    )  # fmt: skip
    values = pq.read_table(scores / "scores-00000.parquet").column("score").to_numpy()
    assert values[:12:2].min() > values[1:12:2].max()
    assert load_manifest(scores).inputs["classifier"]["id"] == load_manifest(classifier).id
    rules = {**OFF, "quality": {"is_on": True, "at_least": 2.5}}
    corpus = run_verb(
        "clean", tmp_path / "clean", documents=str(documents), rules=rules,
        quality_scores=str(scores), num_workers=1,
    )  # fmt: skip
    assert [texts.index(one) for one in Corpus.open(corpus).texts()][:6] == [0, 2, 4, 6, 8, 10]
    with pytest.raises(DataError, match="of the kind encoder, which a clean job does not run"):
        run_verb(
            "clean", tmp_path / "other", documents=str(documents), rules=OFF,
            quality_classifier=str(classifier), num_workers=1,
        )  # fmt: skip


def test_scores_depend_on_no_shards_and_a_stopped_job_goes_on(tmp_path, classifier):
    documents = extract_texts(tmp_path, [text_of(n % 2 == 0, n) for n in range(20)])
    many = resharded(documents, tmp_path / "many", 300)
    fields = {"classifier": str(classifier), "num_threads": 1}
    whole = run_verb("score", tmp_path / "whole", documents=str(documents), **fields)
    folder = tmp_path / "parts"
    stop = JobFolder(folder).stop
    stop.parent.mkdir(parents=True)
    stop.write_text('{"wanted": "stop"}')
    run_verb("score", folder, documents=str(many), **fields)
    assert not (folder / "output").exists()
    assert events_of(folder, "stopped")
    stop.unlink()
    parts = run_verb("score", folder, documents=str(many), **fields)
    read = [
        pq.read_table([*sorted(one.glob("scores-*.parquet"))]).to_pydict() for one in (whole, parts)
    ]
    assert len(list(parts.glob("scores-*.parquet"))) > 3
    assert read[0]["doc_id"] == read[1]["doc_id"]
    assert np.allclose(read[0]["score"], read[1]["score"], atol=1e-5)
    assert not (folder / "work").exists()


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_a_decoder_that_was_imported_is_an_encoder_too(tmp_path, kind):
    source = write_base(tmp_path / "hf", kind)
    model = run_verb("import", tmp_path / "import", path=str(source))
    output = fit(tmp_path / "fit", labelled(40), **CLASS, encoder=str(model), num_threads=1)
    assert load_manifest(output).inputs["encoder"]["id"] == load_manifest(model).id
    told = json.loads((output / "evaluation.json").read_text())
    assert told["encoder_width"] == 32
    assert told["auc"] > 0.8


def refused(tmp_path: Path, folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        fit(tmp_path / "fit", labelled(40), **CLASS, encoder_path=str(folder), num_threads=1)
    assert not (tmp_path / "fit" / "job" / "output").exists()
    return f"{caught.value.message} {caught.value.advice}"


@pytest.fixture
def broken(tmp_path: Path, bert: Path) -> Path:
    return Path(shutil.copytree(bert, tmp_path / "broken"))


def test_a_folder_without_a_tokenizer_is_refused(tmp_path, broken):
    (broken / "tokenizer.json").unlink()
    told = refused(tmp_path, broken)
    assert "has no tokenizer.json beside its config.json" in told
    assert "save_pretrained" in told


def test_pickled_weights_are_never_read(tmp_path, broken):
    (broken / "model.safetensors").rename(broken / "pytorch_model.bin")
    assert "pickled checkpoints can run code and are never read" in refused(tmp_path, broken)


def test_a_pickle_under_another_name_is_refused(tmp_path, broken):
    torch.save({}, broken / "model.safetensors")
    assert "can run code" in refused(tmp_path, broken)


def test_a_config_that_names_code_is_refused(tmp_path, broken):
    config = json.loads((broken / "config.json").read_text())
    config["auto_map"] = {"AutoModel": "evil.Model"}
    (broken / "config.json").write_text(json.dumps(config))
    assert "would run foreign code" in refused(tmp_path, broken)


@pytest.mark.parametrize(("key", "value", "reason"), [
    ("model_type", "nothing-known", "cannot be loaded"),
    ("num_hidden_layers", 3, "weights are missing"),
    ("vocab_size", 5, "cannot be loaded"),
    ("is_encoder_decoder", True, "has an encoder and a decoder"),
])  # fmt: skip
def test_configs_that_do_not_fit_are_refused(tmp_path, broken, key, value, reason):
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps({**config, key: value}))
    assert reason in refused(tmp_path, broken)


def test_torn_weights_are_refused(tmp_path, broken):
    data = (broken / "model.safetensors").read_bytes()
    (broken / "model.safetensors").write_bytes(data[: len(data) // 2])
    assert "cannot be loaded" in refused(tmp_path, broken)


def test_an_index_that_leads_out_of_the_folder_is_refused(tmp_path, broken):
    (broken / "model.safetensors").rename(broken / "model-00001-of-00001.safetensors")
    index = {"weight_map": {"x": "../../secret.safetensors"}}
    (broken / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "names files that are not there" in refused(tmp_path, broken)


def test_a_gpu_that_is_not_there_is_said(bert):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(DataError, match="there is no GPU on this machine"):
        open_encoder(bert, 64, "cuda")


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"attention": "bidirectional"},
        {"attention": "bidirectional", "head": "discriminator"},
    ],
)
def test_a_model_of_our_own_class_gives_its_last_hidden_states(tmp_path, kind):
    spec = ModelSpec(
        num_layers=1, width=32, num_heads=2, context_length=32, vocab_size=260, position="learned",
        norm="rmsnorm", **kind,
    ).resolve()  # fmt: skip
    assert match_native(spec)
    write_tokenizer(tmp_path / "tokenizer")
    model = build_model(spec, seed=1).eval()
    export_model(model, tmp_path / "tokenizer", tmp_path / "own")
    encoder = open_encoder(tmp_path / "own", 512, "cpu")
    assert encoder.max_tokens == 32
    vectors = encoder.embed(["the river", "a"], lambda: None)
    for text, vector in zip(["the river", "a"], vectors, strict=True):
        ids = torch.tensor([encoder.tokenizer.encode(text).ids])
        with torch.inference_mode():
            wanted = model.model(ids)[0].mean(dim=0).numpy()
        assert np.allclose(vector, wanted, atol=1e-5)
