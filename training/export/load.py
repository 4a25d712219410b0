"""Reading an exported folder: this machine's files only, no pickle, no code from the folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import transformers
from transformers.modeling_utils import PreTrainedModel

from training.errors import DataError
from training.export.adapter import ADAPTER_CONFIG
from training.export.folder import WEIGHTS, auto_class
from training.folder.atomic import read_json
from training.loop.base import load_base
from training.model.huggingface import as_transformers, register
from training.model.network import MODEL_TYPE
from training.specs.huggingface import CODE_KEYS

MODEL_TYPES = (
    "llama", "qwen2", "qwen3", "gpt2", "gpt_neox", "bloom", "falcon", "glm",
    "bert", "roberta", "electra", "deberta", MODEL_TYPE,
)  # fmt: skip
CONFIGS = ("config.json", "generation_config.json", "tokenizer_config.json")


def load_exported(path: Path | str) -> PreTrainedModel:
    """The model in an exported folder, in evaluation mode; an adapter is merged into its base.

    DataError when the folder is not one of ours, holds no safetensors weights, or asks for code,
    or when an adapter's base is gone.
    """
    folder = Path(path)
    if (folder / ADAPTER_CONFIG).exists():
        return as_transformers(load_base(folder).model())
    check_folder(folder)
    register()
    named = (read_json(folder / "config.json") or {}).get("architectures") or [""]
    model = getattr(transformers, auto_class(str(named[0]))).from_pretrained(
        folder, trust_remote_code=False, local_files_only=True, use_safetensors=True
    )
    loaded: PreTrainedModel = model.eval()
    return loaded


def check_folder(folder: Path) -> None:
    """Refuse what ``load_exported`` must not read, before transformers sees it."""
    config = read_json(folder / "config.json")
    if not isinstance(config, dict):
        raise DataError(f"{folder.name} holds no readable config.json.")
    if not (folder / WEIGHTS).is_file():
        raise DataError(f"{folder.name} holds no {WEIGHTS}; other weight formats are not read.")
    if config.get("model_type") not in MODEL_TYPES:
        raise DataError(
            f"{folder.name}/config.json: model_type is {config.get('model_type')!r}; "
            f"accepted: {', '.join(MODEL_TYPES)}."
        )
    refuse_code(folder)


def refuse_code(folder: Path) -> None:
    """DataError when a config of the folder names code to run or to fetch."""
    for name in CONFIGS:
        for key, value in _dangerous(read_json(folder / name)):
            raise DataError(
                f"{folder.name}/{name}: {key!r} is {value!r}, which would run foreign code.",
                advice="Remove the key; nothing that Trainyard writes has it.",
            )


def _dangerous(data: Any) -> Iterator[tuple[str, Any]]:
    """Every key, at any depth, that names code or a kernel repository to fetch."""
    if isinstance(data, list):
        for item in data:
            yield from _dangerous(item)
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        is_fetched = key.endswith("_implementation") and "/" in str(value)
        if key in CODE_KEYS or is_fetched:
            yield key, value
        yield from _dangerous(value)
