"""The verb ``evaluate`` on a run of its own: figures, contamination by each policy, passkeys."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.training.benchmarks.made import make_benchmark
from tests.training.corpus.jobs import events_of, run_verb
from tests.training.evaluation.chain import Chain, make_chain
from tests.training.refusals import Attempt
from training.benchmarks.evaluation import Evaluation
from training.errors import DataError

_HELD = "the baker of our small village bakes three hundred loaves of dark bread before sunrise"
CLEAN = {
    "id": "new", "question": "Which of these animals lives in the deep sea and has eight arms?",
    "choices": ["the octopus", "the sparrow", "the hare"], "answer": 0, "category": "sea",
}  # fmt: skip
READ = {
    "id": "read", "question": f"Is it true that {_HELD} every day?",
    "choices": ["yes", "no"], "answer": 0, "category": "land",
}  # fmt: skip
SHORT = {"id": "short", "question": "Two?", "choices": ["2 it is", "3"], "answer": 0}


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    texts = [
        f"Text number {n}: the {word} stands by the river and {word}s are old. " * 3
        for n, word in enumerate(["tree", "house", "mill", "stone", "bridge", "boat"] * 6)
    ]
    # Thrice, so that one copy at least is not held out.
    texts += [f"They say in {town}: {_HELD}." for town in ("Linz", "Graz", "Wels")] * 3
    return make_chain(tmp_path_factory.mktemp("chain"), texts)


def evaluated(tmp_path: Path, model: Path, rows: list[dict[str, Any]], **fields: Any) -> Evaluation:
    benchmark = make_benchmark(tmp_path / "made", rows)
    out = run_verb(
        "evaluate", tmp_path / "evaluate", model=str(model), benchmark=str(benchmark),
        num_threads=1, device="cpu", **fields,
    )  # fmt: skip
    return Evaluation.open(out)


def test_figures_are_those_of_transformers(tmp_path: Path, chain: Chain) -> None:
    found = evaluated(tmp_path, chain.model, [CLEAN])
    row = pq.read_table(found.folder / "items.parquet").to_pylist()[0]
    model = AutoModelForCausalLM.from_pretrained(chain.model).eval()
    tokenizer = AutoTokenizer.from_pretrained(chain.model)
    for choice in row["choices"]:
        ids = tokenizer(f"{row['prompt']} {choice['text']}", return_tensors="pt").input_ids
        with torch.no_grad():
            logs = torch.log_softmax(model(ids).logits[0, :-1], -1).gather(1, ids[0, 1:, None])
        wanted = logs[-choice["num_tokens"] :].sum().item()
        assert choice["log_likelihood"] == pytest.approx(wanted, abs=1e-4)
        assert choice["num_bytes"] == len(choice["text"])
    told = found.info["sets"][0]
    assert told["items"] == 1
    assert set(told["by"]) == {"byte", "token", "none", "unconditional"}
    assert told["chance"] == pytest.approx(1 / 3)
    by_byte = [one["log_likelihood"] / one["num_bytes"] for one in row["choices"]]
    assert row["pick_byte"] == by_byte.index(max(by_byte))
    assert told["accuracy"] == float(row["pick_byte"] == 0)
    loss = -row["choices"][0]["log_likelihood"] / row["choices"][0]["num_tokens"]
    assert told["answer_perplexity"] == pytest.approx(math.exp(loss))
    assert found.manifest.counts["sets"][0]["accuracy"] == told["accuracy"]


def test_items_in_the_training_texts_refuse_the_evaluation(tmp_path: Path, chain: Chain) -> None:
    with pytest.raises(DataError, match=r"1 of 2 items \(50\.0%\) stand in texts.*items/read"):
        evaluated(tmp_path, chain.model, [CLEAN, READ])
    assert not (tmp_path / "evaluate" / "output").exists()
    assert not (tmp_path / "evaluate" / "work").exists()


def test_such_items_can_be_dropped_or_marked(tmp_path: Path, chain: Chain) -> None:
    dropped = evaluated(
        tmp_path / "drop", chain.model, [CLEAN, READ], contamination={"items": "drop"}
    )
    assert dropped.info["sets"][0]["items"] == 1
    assert dropped.info["contamination"]["dropped"] == 1
    marked = evaluated(
        tmp_path / "mark", chain.model, [CLEAN, READ], contamination={"items": "mark"}
    )
    told = marked.info["sets"][0]
    assert (told["items"], told["contaminated"]) == (2, 1)
    assert [row["is_contaminated"] for row in marked.page(0, 9)[1]] == [False, True]
    assert marked.info["contamination"]["contaminated"] == 1
    warned = events_of(tmp_path / "mark" / "evaluate", "warning")
    assert any("scored all the same, and marked" in one["message"] for one in warned)


def test_a_checkpoint_is_held_to_its_run_and_short_items_are_told(
    tmp_path: Path, chain: Chain
) -> None:
    checkpoint = next(iter((chain.run / "checkpoints").glob("step-*")))
    with pytest.raises(DataError, match="1 of 1 items"):
        evaluated(tmp_path / "a", checkpoint, [READ])
    found = evaluated(tmp_path / "b", checkpoint, [SHORT, CLEAN])
    assert found.info["contamination"]["too_short"] == 1
    assert found.info["model"]["is_checkpoint"] is True


def test_a_model_from_elsewhere_is_scored_and_its_reading_is_not_known(
    tmp_path: Path, chain: Chain
) -> None:
    copy = tmp_path / "foreign"
    copy.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        (copy / name).write_bytes((chain.model / name).read_bytes())
    imported = run_verb("import", tmp_path / "import", path=str(copy))
    found = evaluated(tmp_path, imported, [READ])
    assert found.info["contamination"]["is_known"] is False
    warned = [one["message"] for one in events_of(tmp_path / "evaluate", "warning")]
    assert any(one.startswith("Contamination is not known") for one in warned)


def test_pages_of_items_are_found_by_set_and_outcome(tmp_path: Path, chain: Chain) -> None:
    rows = [{**CLEAN, "id": str(n), "answer": n % 3} for n in range(9)]
    found = evaluated(tmp_path, chain.model, rows)
    total, right = found.page(0, 100, is_right=True)
    others, wrong = found.page(0, 100, is_right=False)
    assert (total, total + others) == (3, 9)
    assert [row["name"] for row in right] == [
        str(n) for n in range(9) if n % 3 == right[0]["answer"]
    ]
    assert found.page(2, 2, set_name="items")[1][0]["name"] == "2"
    assert found.page(0, 5, set_name="none")[0] == 0
    assert len(wrong) == 6
    assert [one["category"] for one in found.info["categories"]] == ["sea"]


def test_passkeys_make_a_grid_of_exact_lengths(tmp_path: Path, chain: Chain) -> None:
    out = run_verb(
        "evaluate", tmp_path / "job", model=str(chain.model), device="cpu", num_threads=1,
        passkey={"is_on": True, "lengths": [300, 200], "num_depths": 3, "num_keys": 2},
    )  # fmt: skip
    grid = Evaluation.open(out).info["passkey"]
    assert [(cell["length"], cell["depth"]) for cell in grid] == [
        (200, 0.0), (200, 0.5), (200, 1.0), (300, 0.0), (300, 0.5), (300, 1.0),
    ]  # fmt: skip
    assert all(cell["numbers"] == 2 and cell["loss"] > 0 for cell in grid)


def test_what_makes_no_sense_is_refused(tmp_path: Path, chain: Chain, attempt: Attempt) -> None:
    model = str(chain.model)
    assert "nothing to measure by" in attempt("evaluate", {"model": model}, 2)
    passkey = {"is_on": True, "lengths": [40]}
    told = attempt("evaluate", {"model": model, "passkey": passkey}, 3)
    assert "40 tokens are too few" in told
    assert "32 to 10,000,000" in attempt(
        "evaluate", {"model": model, "passkey": {"is_on": True, "lengths": [4]}}, 2
    )
    bad = {"model": model, "benchmark": model, "prompt": {"template": "no place"}}
    assert "{question} once" in attempt("evaluate", bad, 2)
    assert "kind model where benchmark" in attempt(
        "evaluate", {"model": model, "benchmark": model}, 3
    )
