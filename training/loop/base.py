"""The base of a fine-tuning run: weights, architecture and identity of a model or a checkpoint.

A base is a folder: a ``model`` artifact (of import, export or train, an adapter included) or a
step folder of a run's checkpoints. An adapter is merged into its own base while it is read. Its
identity is the SHA-256 of its manifest, which holds the SHA-256 of every file.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import load_file

from training.errors import CheckpointError, DataError
from training.export.adapter import ADAPTER_CONFIG, merge_adapter
from training.export.folder import HEAD, WEIGHTS
from training.export.native import Tensors, native_class
from training.export.shapes import check_shapes, expected_shapes
from training.folder.artifact import MANIFEST, require_kind, sha256_file
from training.folder.atomic import read_json
from training.loop.checkpoint import STATE, load_model_tensors
from training.model.building import model_of_tensors
from training.model.network import TrainyardModel, without_generator
from training.specs.huggingface import spec_of_config
from training.specs.model import ModelSpec
from training.specs.run_parts import RunOptions
from training.specs.tuning import TuningPart
from training.tokens.store import tokenizer_of_run
from training.tuning.lora import apply, merged_tensors

#: In the folder of an adapter: which base it belongs to.
BASE_FILE = "base.json"
#: Key of a checkpoint's extra data that only LoRA runs have.
ADAPTER_KEY = "adapter"


@dataclass(frozen=True)
class BaseIdentity:
    """Which base it is. ``path`` leads to it from the folder that holds this identity."""

    name: str
    manifest_sha256: str
    path: str = ""

    @classmethod
    def of(cls, folder: Path, *, seen_from: Path | None = None) -> BaseIdentity:
        """Name and manifest hash of a base folder."""
        folder = Path(os.path.realpath(folder))
        path = os.path.relpath(folder, os.path.realpath(seen_from)) if seen_from else ""
        name = f"{folder.parent.name}/{folder.name}"
        if folder.name.startswith("step-"):
            name = f"{folder.parent.parent.name}/{folder.name}"
        return cls(name, sha256_file(folder / MANIFEST), path)

    @classmethod
    def from_dict(cls, data: Any) -> BaseIdentity:
        """Read back ``as_dict``; DataError when something is missing."""
        if not isinstance(data, dict) or not {"name", "manifest_sha256", "path"} <= set(data):
            raise DataError("An adapter does not say which base it belongs to.")
        return cls(str(data["name"]), str(data["manifest_sha256"]), str(data["path"]))

    def as_dict(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)

    def require(self, other: BaseIdentity) -> None:
        """DataError with both names and hashes when the other is not the same base."""
        if self.manifest_sha256 != other.manifest_sha256:
            raise DataError(
                f"The adapter belongs to another base: it was trained on {self.name} "
                f"(manifest {self.manifest_sha256[:12]}), and this is {other.name} "
                f"(manifest {other.manifest_sha256[:12]}).",
                advice="Choose the base that it was trained on.",
            )


@dataclass(frozen=True)
class Base:
    """A base in memory: fp32 weights under our names, the tied head left out."""

    folder: Path
    spec: ModelSpec
    tensors: Tensors
    identity: BaseIdentity
    #: Folder with its tokenizer.json, None when that is not known.
    tokenizer: Path | None
    #: Whether its weights stand in no file as they are: an adapter was merged into them.
    is_merged: bool = False

    def model(self) -> TrainyardModel:
        """A module that shares these weights, in evaluation mode."""
        return model_of_tensors(self.spec, self.tensors).eval()

    def without_tensors(self) -> Base:
        """What is known of the base, once a module has taken its weights over."""
        return replace(self, tensors={})


def load_base(folder: Path) -> Base:
    """Read a model artifact or a checkpoint; DataError or CheckpointError says what is wrong."""
    if (folder / STATE).exists():
        return _of_checkpoint(folder)
    require_kind(folder, "model")
    if (folder / ADAPTER_CONFIG).exists():
        return _of_adapter(folder)
    spec = spec_of_config(read_json(folder / "config.json"))[0].resolve()
    read = load_file(folder / WEIGHTS)
    check_shapes({name: tuple(t.shape) for name, t in read.items()}, expected_shapes(spec))
    native = native_class(spec)
    ours = native.ours(read, spec) if native else read
    tensors = {name: tensor.float() for name, tensor in ours.items()}
    return Base(folder, spec, tensors, BaseIdentity.of(folder), _tokenizer_in(folder))


def find_base(identity: BaseIdentity, seen_from: Path) -> Base:
    """The base that an adapter or its checkpoint names; DataError when it is gone or another."""
    folder = Path(os.path.realpath(seen_from / identity.path))
    if not (folder / MANIFEST).is_file():
        raise DataError(
            f"The base {identity.name} of the adapter {seen_from.parent.name}/{seen_from.name} is "
            "no longer there.",
            advice="An adapter works only beside its base; restore it, or train again.",
        )
    identity.require(BaseIdentity.of(folder))
    return load_base(folder)


def is_artifact(folder: Path) -> bool:
    """Whether a base is an artifact, and not a checkpoint inside a job."""
    return not (folder / STATE).exists()


def _of_adapter(folder: Path) -> Base:
    base = find_base(BaseIdentity.from_dict(read_json(folder / BASE_FILE)), folder)
    tensors = merge_adapter(folder, base.tensors, base.spec)
    tokenizer = _tokenizer_in(folder) or base.tokenizer
    return Base(folder, base.spec, tensors, BaseIdentity.of(folder), tokenizer, is_merged=True)


def _of_checkpoint(folder: Path) -> Base:
    weights, spec = load_model_tensors(folder)
    adapter = stored_adapter(folder)
    if adapter:
        base = find_base(BaseIdentity.from_dict(adapter["base"]), folder)
        weights = _merged(base, weights, TuningPart.model_validate(adapter["tuning"]), folder)
    tensors = {
        name: tensor
        for name, tensor in without_generator(weights).items()
        if not (spec.is_tied and name == HEAD)
    }
    # Dropout belongs to the run that left the checkpoint, not to the architecture.
    spec = spec.replace(**RunOptions().model_dump())
    home = tokenizer_of_run(folder.parent.parent)
    tokenizer = _tokenizer_in(home) if home is not None else None
    identity = BaseIdentity.of(folder)
    return Base(folder, spec, tensors, identity, tokenizer, is_merged=bool(adapter))


def stored_adapter(checkpoint: Path) -> dict[str, Any] | None:
    """What the checkpoint of a LoRA run says of its base and tuning; None of any other run."""
    extra = json.loads((checkpoint / STATE).read_bytes())["extra"]
    entry: dict[str, Any] | None = extra.get(ADAPTER_KEY)
    return entry


def _merged(base: Base, adapter: Tensors, tuning: TuningPart, folder: Path) -> Tensors:
    model = base.model()
    apply(model, tuning, seed=0)
    missing, unexpected = model.load_state_dict(adapter, strict=False)
    if unexpected or any(".lora_" in name for name in missing):
        raise CheckpointError(f"{folder.name} holds an adapter that does not fit its base.")
    return merged_tensors(model)


def _tokenizer_in(folder: Path) -> Path | None:
    return folder if (folder / "tokenizer.json").is_file() else None
