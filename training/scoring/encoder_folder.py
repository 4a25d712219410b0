"""The encoder of a classifier: a Hugging Face folder in safetensors, copied and read without code.

Sources are a model of ours (an artifact, or a checkpoint of a run), an upload, or a folder. Only
``config.json``, weights in safetensors and ``tokenizer.json`` are taken; nothing pickled is read.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel
from transformers.modeling_outputs import BaseModelOutput
from transformers.modeling_utils import PreTrainedModel

from training.errors import DataError
from training.export.folder import export_tensors
from training.export.load import load_exported, refuse_code
from training.folder.atomic import read_json
from training.folder.job import Job
from training.importing.source import CONFIG, find_source, refuse_foreign
from training.loop.base import load_base
from training.model.network import MODEL_TYPE
from training.specs.fit_classifier import FitClassifierSpec
from training.specs.importing import ImportSpec
from training.tokenizers.load import load_tokenizer

TOKENIZER = "tokenizer.json"
_INDEX = "model.safetensors.index.json"
_UNPACKED = "unpacked.tmp"
_WEIGHTS = ".safetensors"
_DEFAULT_TOKENS = 512
#: Positions of these begin behind the padding id.
_OFFSET_POSITIONS = {"roberta", "xlm-roberta", "camembert", "xlm-roberta-xl", "mpnet"}
_REFUSED = (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError)


def copy_encoder(spec: FitClassifierSpec, job: Job, out: Path) -> None:
    """Write the encoder that the spec names into ``out``; DataError says what is missing."""
    if spec.encoder:
        base = load_base(_folder(spec.encoder, job))
        if base.tokenizer is None:
            raise DataError(
                f"encoder: the tokenizer of {base.identity.name} is not known.",
                advice="Name the output of the run or of an import, which holds its tokenizer.",
            )
        export_tensors(base.tensors, base.spec, base.tokenizer, out)
        return
    try:
        _copy_files(spec, job, out)
    finally:
        shutil.rmtree(job.folder.root / _UNPACKED, ignore_errors=True)


def read_encoder(folder: Path) -> tuple[Any, Tokenizer, int]:
    """(model in evaluation mode, tokenizer, most tokens); DataError when it is of no use."""
    refuse_code(folder)
    config = read_json(folder / CONFIG)
    if not isinstance(config, dict):
        raise DataError("The encoder's config.json cannot be read.")
    if config.get("is_encoder_decoder"):
        raise DataError(
            f"The encoder is of the type {config.get('model_type')}, which has an encoder and a "
            "decoder; only models of one of the two are read."
        )
    tokenizer = load_tokenizer(folder)
    try:
        model = _model(folder, str(config.get("model_type", "")))
    except _REFUSED as error:
        raise DataError(
            f"The encoder (model_type {config.get('model_type')!r}) cannot be loaded: "
            f"{str(error).splitlines()[0][:200]}",
            advice="Take a model that transformers knows without further code, such as a BERT.",
        ) from error
    known = model.get_input_embeddings().num_embeddings
    if tokenizer.get_vocab_size() > known:
        raise DataError(
            f"The tokenizer has {tokenizer.get_vocab_size():,} tokens and the encoder {known:,}: "
            "they do not belong together."
        )
    return model, tokenizer, _most_tokens(model.config)


def _folder(path: str, job: Job) -> Path:
    """An artifact of the kind model, or a checkpoint inside a job."""
    folder = (job.folder.root / path).resolve()
    return folder if (folder / "state.json").is_file() else job.input(path, "model")


def _copy_files(spec: FitClassifierSpec, job: Job, out: Path) -> None:
    source = find_source(ImportSpec(upload=spec.encoder_upload, path=spec.encoder_path), job)
    if source.gguf:
        raise DataError(
            f"{source.gguf} is a GGUF file; as an encoder a Hugging Face folder is needed.",
            advice="Import it first (the verb import), and name the model as the encoder.",
        )
    if TOKENIZER not in source.files:
        raise DataError(
            f"The encoder has no {TOKENIZER} beside its config.json.",
            advice="In transformers, AutoTokenizer.from_pretrained(folder).save_pretrained(folder) "
            "writes it.",
        )
    weights = [name for name in source.files if name.endswith(_WEIGHTS)]
    index = read_json(source.files[_INDEX]) if _INDEX in source.files else None
    if index is not None:
        listed = index.get("weight_map", {}) if isinstance(index, dict) else {}
        missing = {str(name) for name in listed.values()} - set(weights)
        if missing or not listed:
            raise DataError(f"{_INDEX} names files that are not there: {sorted(missing)[:3]}.")
        weights.append(_INDEX)
    elif "model.safetensors" not in weights:
        raise DataError(
            f"The encoder's weights are not in model.safetensors: {', '.join(weights[:5])}."
        )
    out.mkdir(parents=True)
    for name in (CONFIG, TOKENIZER, *weights):
        if name.endswith(_WEIGHTS):
            refuse_foreign(source.files[name], name)
        shutil.copyfile(source.files[name], out / name)


def _model(folder: Path, model_type: str) -> Any:
    safe = {"trust_remote_code": False, "local_files_only": True}
    if model_type == MODEL_TYPE:
        return _OwnEncoder(load_exported(folder)).eval()
    AutoConfig.from_pretrained(folder, **safe)
    model, loading = AutoModel.from_pretrained(
        folder, use_safetensors=True, output_loading_info=True, **safe
    )
    # A pooling layer is not used; anything else that is missing would be random.
    missing = [name for name in loading["missing_keys"] if "pooler" not in name]
    if missing:
        raise ValueError(f"{len(missing)} weights are missing, for example {sorted(missing)[0]}")
    return model.float().eval()


class _OwnEncoder(nn.Module):
    """A model of our own class, called as transformers' models are."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model, self.config = model, model.config

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> BaseModelOutput:
        """Hidden states [B, T, D] after the last norm."""
        found = self.model(input_ids, attention_mask=attention_mask, returns_hidden=True)
        return BaseModelOutput(last_hidden_state=found.hidden_states[0])

    def get_input_embeddings(self) -> nn.Module:
        """The token embedding."""
        return self.model.get_input_embeddings()


def _most_tokens(config: Any) -> int:
    """Tokens that the positions of a model reach."""
    for name in ("max_position_embeddings", "n_positions"):
        if isinstance(value := getattr(config, name, None), int) and value > 0:
            used = config.model_type in _OFFSET_POSITIONS
            return value - (config.pad_token_id or 0) - 1 if used else value
    return _DEFAULT_TOKENS
