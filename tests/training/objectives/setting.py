"""Tiny stores, specs and models for tests of objectives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.training.loop.tiny import make_store, spec_data
from training.model.building import build_model
from training.model.network import TrainyardModel
from training.objectives.objective import Objective, Setting
from training.registry import OBJECTIVES
from training.specs.train import TrainSpec
from training.tokens.batches import Batch, Gathered
from training.tokens.draws import Draws
from training.tokens.rows import AnyRows, rows_of_split
from training.tokens.store import TokenStore

SPECIAL = ("[MASK]", "[CLS]", "[SEP]", "[gMASK]", "<sop>", "<eop>")
CPU = torch.device("cpu")


def special_store(folder: Path) -> Path:
    """A tiny store whose tokenizer has every special token; their ids are 64, 65 ..."""
    return make_store(folder, special=SPECIAL)


def parsed(store: Path, objective: str, attention: str, **changes: Any) -> TrainSpec:
    """A resolved spec; ``model`` in ``changes`` is added to the tiny one's."""
    data = spec_data(store, objective=objective, **changes)
    base = spec_data(store)["model"] | {"attention": attention, "dropout": 0.0}
    data["model"] = base | changes.get("model", {})
    return TrainSpec.parse(data).resolve()


class Made:
    """An objective with its rows and a model."""

    def __init__(self, store: Path, spec: TrainSpec, init_std: float = 0.02) -> None:
        self.store = TokenStore.open(store)
        self.spec = spec
        size = self.store.info.vocab_size
        self.model_spec = spec.model.replace(vocab_size=size, init_std=init_std)
        target = OBJECTIVES[spec.objective].load()
        self.objective: Objective = target(Setting(spec, self.model_spec, self.store))
        self.rows: AnyRows = rows_of_split(self.store, "train", spec.sequence_length, spec.packing)
        self.model: TrainyardModel = build_model(self.model_spec, seed=1).eval()

    def batch(self, row_ids: list[int], places: list[int] | None = None) -> Batch:
        """These rows, at these places of the order (their own ids where none are given)."""
        ids = np.array(row_ids)
        draws = Draws.of_places(self.spec.seed, np.array(places or row_ids), len(self.rows))
        return self.objective.batch(Gathered.of(self.rows, ids), draws, CPU)
