"""Masked language modelling against replaced-token detection at equal cost, on one probe.

Two encoders with the same body are trained on the same text: detection for ``--steps`` steps,
masked guessing for as many as the same operations allow (counted by ``training.planning.flops``,
the head only where a token is guessed, the generator included; CPU times are printed too). Their
last hidden states are frozen, and one linear layer is fitted on them that says of each token of
1,500 sentences to which kind of name or number it belongs (the personal data of the shared data;
no sentence pattern is in two parts). What counts is the micro F1 over tokens inside of such spans.
First weights, untrained, are the floor. The comparison is reported; nothing hangs on it.

Run: python -m benchmarks.encoder_probe --text FILE [--steps 1500] [--seeds 3]
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.objectives import DATA, GENERATOR, OPTIMIZER, data_recipe, training_step
from benchmarks.table import Row, print_table
from training.demo import run_steps
from training.export.folder import export_model, export_tensors
from training.loop.base import load_base
from training.model.building import build_model
from training.planning.flops import FORWARD_AND_BACKWARD, count_flops
from training.recipes import Step
from training.scoring.encoder_folder import read_encoder
from training.specs.model import ModelSpec
from training.specs.replaced import ReplacedPart, generator_of

SENTENCES = DATA.parent / "pii" / "presidio_synth_v2.json"
BODY: dict[str, Any] = {
    "num_layers": 4, "num_heads": 4, "width": 128, "context_length": 128, "embedding_width": 96,
    "attention": "bidirectional", "norm": "layernorm", "feedforward": "swiglu",
}  # fmt: skip
HEADS = {"masked": "transform", "replaced": "discriminator"}
MASKED_SHARE = 0.15
LEAST_SPANS = 50
#: Shares of the sentence patterns that are fitted on, that choose the penalty, that are measured.
PARTS = (0.6, 0.8)
PENALTIES = (1e-4, 1e-3, 1e-2)
NO_SPAN = 0


@dataclass(frozen=True)
class Probe:
    """Tokens of one part: hidden states [N, D], and kinds [N], 0 outside of a span."""

    states: Tensor
    kinds: Tensor


def rows(text: Path, num_steps: int, num_seeds: int) -> Iterator[Row]:
    """F1 of both objectives and of first weights, mean and deviation over seeds."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        earlier = list(run_steps(data_recipe(text), root / "data"))
        tokenizer = earlier[2] / "output"
        found: dict[str, list[float]] = {"masked": [], "replaced": [], "first weights": []}
        seconds: dict[str, list[float]] = {"masked": [], "replaced": []}
        lengths = {"replaced": num_steps, "masked": equal_steps(num_steps)}
        for seed in range(num_seeds):
            for objective, length in lengths.items():
                began = time.process_time()
                trained = _train(objective, length, seed, earlier, root / f"{objective}-{seed}")
                seconds[objective].append(time.process_time() - began)
                found[objective].append(probe_f1(trained))
            found["first weights"].append(probe_f1(_untrained(seed, tokenizer, root)))
    floor = statistics.mean(found["first weights"])
    for one, values in found.items():
        cost = ""
        if one in lengths:
            cost = f"{lengths[one]} steps, {statistics.mean(seconds[one]):.0f} CPU-s"
        ratio = f"{statistics.mean(values) / floor:.2f}"
        yield Row(f"F1 of the probe, {one}", _spread(values), cost, ratio)


def _spread(values: Sequence[float]) -> str:
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.3f} ±{deviation:.3f}"


def equal_steps(num_steps: int) -> int:
    """Steps of masked guessing that cost what ``num_steps`` of detection cost."""
    model = ModelSpec(**BODY, head=HEADS["replaced"], vocab_size=4096).resolve()
    generator = generator_of(model, ReplacedPart(**GENERATOR))
    guessing = ModelSpec(**BODY, head=HEADS["masked"], vocab_size=4096).resolve()
    replaced = _operations(model, 1.0) + _operations(generator, MASKED_SHARE)
    return round(num_steps * replaced / _operations(guessing, MASKED_SHARE))


def _operations(spec: ModelSpec, share_of_head: float) -> float:
    """Of one token, forward and backward, the head for a share of the tokens."""
    count = count_flops(spec)
    body = count.linear - count.head + count.attention_full
    return FORWARD_AND_BACKWARD * (body + share_of_head * count.head)


def _train(objective: str, num_steps: int, seed: int, earlier: Sequence[Path], out: Path) -> Path:
    """The exported encoder of a training on the tokens that are there."""
    trained = training_step(objective, BODY | {"head": HEADS[objective]}, num_steps, seed)
    spec = trained.spec | {
        "tokens": str(earlier[3] / "output"),
        "optimizer": OPTIMIZER["replaced"],
    }
    (folder,) = run_steps([Step("train", f"{trained.title}, seed {seed}", spec)], out)
    base = load_base(folder / "output")
    export_tensors(base.tensors, base.spec, base.tokenizer, out / "encoder")
    return out / "encoder"


def _untrained(seed: int, tokenizer: Path, root: Path) -> Path:
    out = root / f"first-{seed}"
    spec = ModelSpec(**BODY, head=HEADS["masked"], vocab_size=4096).resolve()
    export_model(build_model(spec, seed), tokenizer, out)
    return out


def probe_f1(encoder: Path) -> float:
    """Micro F1 on the last part, with the penalty that the second part likes best."""
    model, tokenizer, most = read_encoder(encoder)
    tokenizer.enable_truncation(most)
    fitted, chosen, measured = (_states(model, tokenizer, part) for part in _parts())
    layers = [_fit(fitted, penalty) for penalty in PENALTIES]
    best = max(layers, key=lambda layer: _f1(layer, chosen))
    return _f1(best, measured)


def _parts() -> list[list[dict[str, Any]]]:
    """Sentences in three parts by their pattern."""
    patterns = sorted({one["template_id"] for one in _sentences()})
    order = torch.randperm(len(patterns), generator=torch.Generator().manual_seed(0)).tolist()
    place = {patterns[at]: number / len(patterns) for number, at in enumerate(order)}
    parts: list[list[dict[str, Any]]] = [[], [], []]
    for one in _sentences():
        parts[sum(place[one["template_id"]] >= limit for limit in PARTS)].append(one)
    return parts


@functools.cache
def _sentences() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(SENTENCES.read_text(encoding="utf-8"))
    return found


@functools.cache
def _kinds() -> dict[str, int]:
    """Kinds of spans that occur often enough, numbered from 1."""
    counts = Counter(span["entity_type"] for one in _sentences() for span in one["spans"])
    often = sorted(kind for kind, count in counts.items() if count >= LEAST_SPANS)
    return {kind: number for number, kind in enumerate(often, start=1)}


@torch.no_grad()
def _states(model: Any, tokenizer: Any, sentences: Sequence[dict[str, Any]]) -> Probe:
    numbers, states, kinds = _kinds(), [], []
    for one in sentences:
        encoded = tokenizer.encode(one["full_text"])
        ids = torch.tensor([encoded.ids])
        hidden = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
        spans = [
            (span["start_position"], span["end_position"], numbers.get(span["entity_type"], 0))
            for span in one["spans"]
        ]
        for state, (first, last) in zip(hidden, encoded.offsets, strict=True):
            if last > first:
                within = (kind for begin, end, kind in spans if begin <= first < end)
                states.append(state)
                kinds.append(next(within, NO_SPAN))
    return Probe(torch.stack(states).clone(), torch.tensor(kinds))


def _fit(probe: Probe, penalty: float) -> nn.Module:
    """A linear layer on standardised states, at its optimum."""
    norm = nn.BatchNorm1d(probe.states.shape[1], affine=False, momentum=None)
    norm(probe.states)
    norm.eval()
    layer = nn.Linear(probe.states.shape[1], len(_kinds()) + 1)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimizer = torch.optim.LBFGS(
        layer.parameters(), max_iter=100, line_search_fn="strong_wolfe"
    )  # fmt: skip
    states = norm(probe.states)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(layer(states), probe.kinds)
        loss = loss + penalty * layer.weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return nn.Sequential(norm, layer)


@torch.inference_mode()
def _f1(layer: nn.Module, probe: Probe) -> float:
    said = layer(probe.states).argmax(dim=1)
    right = int(((said == probe.kinds) & (said != NO_SPAN)).sum())
    return 2 * right / max(1, int((said != NO_SPAN).sum() + (probe.kinds != NO_SPAN).sum()))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    print_table(rows(asked.text, asked.steps, asked.seeds))


if __name__ == "__main__":
    main()
