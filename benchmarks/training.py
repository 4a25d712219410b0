"""The whole training against the HF Trainer: a 17 M Llama, the same first weights, the same data.

All contestants are in one process, one thread, and take turns, a block of two steps each; process
CPU time, medians over the ratios of blocks with bootstrap intervals.

* fp32 and bf16: full rows of 256 tokens in the same order, AdamW with the Trainer's defaults and a
  constant rate on both sides. That both learn the same is seen from their mean losses.
* Short documents (log-normal, median 64 tokens, at most a row): ours packs them, best fit, and
  keeps them apart; the Trainer pads batches of 8, its default, to the longest of each. Counted are
  real targets per CPU second.
* Share of the machine: operations of a step (causal attention by half) over its time, as a share of
  what square products of fp32 reach in the same run.

Ours is the whole product: order, gather, metrics, events, stop file, spike rule. What it tells the
C library about freed memory holds for the process: it serves all.
Run: python -m benchmarks.training [--blocks 30]
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from transformers import LlamaForCausalLM, TrainerCallback, TrainingArguments
from transformers import Trainer as HFTrainer

from benchmarks.racing import alternate, num_steps_of, train
from benchmarks.step_overhead import STEPS_PER_BLOCK, Pace, Turns, row
from benchmarks.table import Row, bootstrap_interval, print_table
from training.export.folder import HEAD
from training.export.native.llama import Llama
from training.folder.artifact import write_artifact
from training.loop.callbacks.checkpointer import Checkpointer
from training.loop.callbacks.reporter import Reporter
from training.loop.callbacks.validator import Validator
from training.loop.run import Run, StepResult
from training.model.building import build_model
from training.planning.flops import count_flops
from training.planning.machine import cpu_has_bf16
from training.planning.params import count_parameters
from training.specs.model import ModelSpec
from training.tokens.batches import IGNORED
from training.tokens.order import make_order
from training.tokens.rows import rows_of_split
from training.tokens.store import TokenStore
from training.tokens.writer import StoreWriter

MODEL = ModelSpec(num_layers=8, width=384, num_heads=6, context_length=256, vocab_size=8_192)
NUM_ROWS, LENGTH, SEED = 4, 256, 0
NUM_BLOCKS = 30
#: The Trainer's own; ours is told the same.
NUM_PADDED, LEARNING_RATE = 8, 5e-5
OPTIMIZER = {"learning_rate": LEARNING_RATE, "weight_decay": 0.0, "beta2": 0.999}
MEDIAN_TOKENS, SPREAD = 64, 0.75
#: Side of the square products, and how many are a turn's step.
SIDE, NUM_PRODUCTS = 1024, 10


class Counts(Pace):
    """Hands the turn on; before that, targets of every step, and losses as they come."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(turns)
        self.num_targets: list[int] = []
        self.losses: list[float] = []

    def start(self, run: Run) -> None:
        """Count what each step will learn from."""
        for step in range(1, run.spec.num_steps + 1):
            places = np.array(run.course.places(step))
            self.num_targets.append(run.batch(run.order[places], places).num_targets)

    def after_step(self, run: Run, result: StepResult) -> None:
        """The step is done."""
        self.losses.append(float(result.loss))
        super().after_step(run, result)


class HFPace(TrainerCallback):
    """The same on the Trainer's side; ``losses`` are the means that it logs."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.losses: list[float] = []

    def on_log(self, *_: Any, logs: dict[str, float], **__: Any) -> None:
        """Keep the loss."""
        self.losses.append(logs["loss"])

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """The step is done."""
        self._turns.step_done()


class Contest:
    """All contestants over the same two stores, and what they counted."""

    def __init__(self, folder: Path, num_blocks: int) -> None:
        self.folder, self.num_blocks = folder, num_blocks
        self.num_steps = num_steps_of(num_blocks)
        self.ours: dict[str, Counts] = {}
        self.peers: dict[str, HFPace] = {}
        self.padded = self._short_documents()
        make_store(folder / "text", [2_000] * (self.num_steps * NUM_ROWS * LENGTH // 2_000 + 1))
        # As many short documents as both get through: ours takes fewer rows for them.
        make_store(folder / "short", [len(one) for one in self.padded])

    def run(self) -> dict[str, list[float]]:
        """CPU seconds of every block of each."""
        whole, packed = {"isolation": "none"}, {"way": "best_fit", "isolation": "document"}
        contestants = {
            "fp32": self._ours("fp32", "text", whole),
            "trainer": Turns(functools.partial(self._hf, "trainer")),
            "packed": self._ours("packed", "short", packed),
            "padded": Turns(functools.partial(self._hf, "padded")),
            "products": Turns(functools.partial(multiply, num_steps=self.num_steps)),
        }
        if cpu_has_bf16():
            contestants["bf16"] = self._ours("bf16", "text", whole, precision="bf16")
        return alternate(contestants, self.num_blocks)

    def targets_of_blocks(self, name: str) -> list[int]:
        """Real targets of every block but the first."""
        if name == "padded":
            per_step = [
                sum(len(one) - 1 for one in self.padded[first : first + NUM_PADDED])
                for first in range(0, self.num_steps * NUM_PADDED, NUM_PADDED)
            ]
        else:
            per_step = self.ours[name].num_targets
        starts = range(STEPS_PER_BLOCK, self.num_steps, STEPS_PER_BLOCK)
        return [sum(per_step[start : start + STEPS_PER_BLOCK]) for start in starts]

    def _ours(self, name: str, store: str, packing: dict[str, str], **more: Any) -> Turns:
        return Turns(functools.partial(self._train, name, store, packing, more))

    def _train(
        self, name: str, store: str, packing: dict[str, str], more: dict[str, Any], turns: Turns
    ) -> None:
        counts = self.ours[name] = Counts(turns)
        options = {
            "tokens": f"../{store}",
            "model": MODEL.model_dump(mode="json"),
            "num_steps": self.num_steps,
            "batch_size": NUM_ROWS,
            "packing": packing,
            "optimizer": OPTIMIZER,
            "schedule": {"kind": "constant"},
            "seed": SEED,
        }
        callbacks = [Reporter(), Validator(), counts, Checkpointer()]
        train(self.folder / name, options | more, callbacks)

    def _hf(self, name: str, turns: Turns) -> None:
        is_padded = name == "padded"
        arguments = TrainingArguments(
            output_dir=str(self.folder / name),
            per_device_train_batch_size=NUM_PADDED if is_padded else NUM_ROWS,
            max_steps=self.num_steps,
            lr_scheduler_type="constant",
            train_sampling_strategy="sequential",
            # Logged after the last turn but one: the mean loss of all steps before.
            logging_steps=self.num_steps - 1,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
        )
        documents = self.padded if is_padded else self._rows_in_order()
        pace = self.peers[name] = HFPace(turns)
        data = [{"input_ids": one} for one in documents]
        HFTrainer(
            build_peer(), arguments, train_dataset=data, data_collator=pad, callbacks=[pace]
        ).train()

    def _rows_in_order(self) -> list[torch.Tensor]:
        """The rows that our run reads, in its order."""
        rows = rows_of_split(TokenStore.open(self.folder / "text"), "train", LENGTH)
        tokens, _ = rows.gather(make_order(len(rows), self.num_steps * NUM_ROWS, SEED))
        return list(torch.from_numpy(tokens[:, :LENGTH].copy()))

    def _short_documents(self) -> list[torch.Tensor]:
        random = np.random.default_rng(1)
        sizes = random.lognormal(np.log(MEDIAN_TOKENS), SPREAD, self.num_steps * NUM_PADDED)
        return [torch.from_numpy(draw(random, int(size))) for size in np.clip(sizes, 8, LENGTH)]


def draw(
    random: np.random.Generator, size: int, vocab_size: int = MODEL.vocab_size
) -> npt.NDArray[np.int64]:
    """Token ids of Zipf's frequencies, so that there is something to learn."""
    return np.asarray(vocab_size ** random.random(size), dtype=np.int64)


def make_store(folder: Path, sizes: list[int], vocab_size: int = MODEL.vocab_size) -> None:
    """Documents of these sizes, the end-of-text token of each included."""
    random = np.random.default_rng(0)
    with (
        write_artifact(folder, "tokens") as artifact,
        StoreWriter(artifact.path, vocab_size=vocab_size, eos_id=0) as writer,
    ):
        for split, lengths in (("train", sizes), ("validation", sizes[:8])):
            writer.start(split)
            for number, size in enumerate(lengths):
                key = hashlib.md5(f"{split}{number}".encode()).digest()
                writer.add(key, "drawn", draw(random, size - 1, vocab_size))


def pad(examples: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """To the longest of the batch, with labels, as transformers' own collators do."""
    ids = [example["input_ids"] for example in examples]
    stack = functools.partial(torch.nn.utils.rnn.pad_sequence, batch_first=True)
    batch = {"input_ids": stack(ids), "labels": stack(ids, padding_value=IGNORED)}
    if len({len(one) for one in ids}) > 1:
        batch["attention_mask"] = (batch["labels"] != IGNORED).long()
    return batch


def build_peer() -> LlamaForCausalLM:
    """transformers' own class with the first weights of ours."""
    spec = MODEL.resolve()
    peer = LlamaForCausalLM(Llama().config(spec)).train()
    state = build_model(spec, SEED).state_dict()
    peer.load_state_dict({name: one for name, one in state.items() if name != HEAD}, strict=False)
    peer.tie_weights()
    return peer


def multiply(turns: Turns, num_steps: int) -> None:
    """Square products of fp32."""
    left, right = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    out = torch.empty(SIDE, SIDE)
    for _ in range(num_steps):
        for _ in range(NUM_PRODUCTS):
            torch.mm(left, right, out=out)
        turns.step_done()


def rows(num_blocks: int = NUM_BLOCKS) -> Iterator[Row]:
    """Speeds against the Trainer's, share of the machine, and the losses."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        contest = Contest(Path(name), num_blocks)
        seconds = contest.run()
        size = f"{count_parameters(MODEL.resolve()).total / 1e6:.0f} M"
        trainer = seconds["trainer"]
        yield row(f"step {size} fp32 against HF Trainer", trainer, seconds["fp32"], 0.98)
        if "bf16" in seconds:
            yield row(f"step {size} bf16 against its fp32", trainer, seconds["bf16"], 1.8)
        else:
            yield Row("step bf16 against its fp32", "not run", "this CPU has no bf16", "", "1.8")
        yield packed_row(contest, seconds)
        yield share_row(seconds)
        yield loss_row(contest)


def packed_row(contest: Contest, seconds: dict[str, list[float]]) -> Row:
    """Real targets per CPU second."""
    per_target = {
        name: [
            spent / num
            for spent, num in zip(seconds[name], contest.targets_of_blocks(name), strict=True)
        ]
        for name in ("packed", "padded")
    }
    middle, low, high = bootstrap_interval(per_target["padded"], per_target["packed"])
    speeds = {name: 1 / statistics.median(spent) for name, spent in per_target.items()}
    return Row(
        f"short documents, mean of {mean_length(contest):.0f} tokens",
        f"packed {speeds['packed']:.0f}/CPU-s",
        f"HF Trainer padded {speeds['padded']:.0f}/CPU-s",
        f"{middle:.3f} [{low:.3f}, {high:.3f}]",
        ">= 2",
        middle >= 2,
    )


def mean_length(contest: Contest) -> float:
    """Tokens of a short document."""
    return statistics.fmean(len(one) for one in contest.padded)


def share_row(seconds: dict[str, list[float]]) -> Row:
    """What a step reaches of what products alone do."""
    per_block = count_flops(MODEL, LENGTH).training * NUM_ROWS * LENGTH * STEPS_PER_BLOCK
    products = 2 * SIDE**3 * NUM_PRODUCTS * STEPS_PER_BLOCK
    # How long products alone would take for the operations of a block.
    alone = [spent * per_block / products for spent in seconds["products"]]
    middle, low, high = bootstrap_interval(alone, seconds["fp32"])
    reached = per_block / statistics.median(seconds["fp32"])
    return Row(
        "share of the speed of products fp32",
        f"{reached / 1e9:.1f} GFLOP/s",
        f"products {products / statistics.median(seconds['products']) / 1e9:.1f} GFLOP/s",
        f"{middle:.3f} [{low:.3f}, {high:.3f}]",
        ">= 0.7",
        middle >= 0.7,
    )


def loss_row(contest: Contest) -> Row:
    """That both trained the same: means over all steps but the last.

    The Trainer predicts the last token of a row from the one before, ours one more from the last.
    """
    ours = statistics.fmean(contest.ours["fp32"].losses[: contest.num_steps - 1])
    (peer, *_) = contest.peers["trainer"].losses
    return Row(
        "mean loss fp32",
        f"{ours:.4f}",
        f"HF Trainer {peer:.4f}",
        f"{ours / peer:.4f}",
        "0.999 to 1.001",
        abs(ours / peer - 1) <= 0.001,
    )


def main() -> int:
    """Print the table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=NUM_BLOCKS)
    found = list(rows(parser.parse_args().blocks))
    print_table(found)
    return 1 if any(one.is_met is False for one in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
