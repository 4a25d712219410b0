"""From a foreign config.json to our architecture; no torch, nothing is allocated or run.

Read are the keys that the class needs, each with its type and bounds. What would change the
function and cannot be said by a ``ModelSpec`` is refused; what asks for code is refused; every
other key is dropped, because the config that we write is made from the spec alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from training.errors import DataError
from training.specs.huggingface.encoders import bert, deberta, electra, roberta
from training.specs.huggingface.layernorm import bloom, falcon, gpt2, gpt_neox
from training.specs.huggingface.llama import glm, llama, mistral, qwen2, qwen3
from training.specs.huggingface.reader import MAX_SHOWN_CHARS, ConfigReader, validated
from training.specs.model import ModelSpec

#: Keys by which a folder can ask for code to be run.
CODE_KEYS = ("auto_map", "trust_remote_code", "custom_generate", "custom_pipelines")
OWN_TYPE = "trainyard"
_MAX_DEPTH = 32


def spec_of_config(data: Any) -> tuple[ModelSpec, list[str]]:
    """The architecture of a config.json, and the keys that were dropped.

    Raises DataError with what is wrong, for classes that are not known and for requests for code.
    """
    if not isinstance(data, dict):
        raise DataError("config.json is not an object of keys and values.")
    refuse_code(data, "config.json")
    reader = ConfigReader(data)
    model_type = data.get("model_type")
    read = CLASSES.get(model_type) if isinstance(model_type, str) else None
    if read is None:
        raise DataError(
            f"config.json: model_type is {str(model_type)[:MAX_SHOWN_CHARS]!r}, which cannot be "
            f"taken over; accepted: {', '.join(CLASSES)}.",
            advice="Models of these classes can be imported: LlamaForCausalLM (SmolLM2 is one), "
            "MistralForCausalLM without sliding window, Qwen2ForCausalLM, Qwen3ForCausalLM, "
            "GPT2LMHeadModel, GPTNeoXForCausalLM, BloomForCausalLM, FalconForCausalLM, "
            "GlmForCausalLM, and the encoders BertForMaskedLM, BertForPreTraining, "
            "RobertaForMaskedLM, ElectraForMaskedLM, ElectraForPreTraining and "
            "DebertaForMaskedLM.",
        )
    if reader.has("quantization_config"):
        raise DataError(
            "config.json: quantization_config says that the weights are quantised.",
            advice="Import the model it was made from, or a GGUF file.",
        )
    spec = read(reader)
    problems = list(spec.all_problems())
    if problems:
        raise DataError("config.json: " + " ".join(p.sentence() for p in problems))
    return spec, [key for key in reader.unread() if key not in _HARMLESS]


def refuse_code(data: Any, name: str, depth: int = 0) -> None:
    """DataError when a key at any depth names code, or a kernel to fetch."""
    if depth > _MAX_DEPTH:
        raise DataError(f"{name} is nested more than {_MAX_DEPTH} levels deep.")
    for item in data if isinstance(data, list) else []:
        refuse_code(item, name, depth + 1)
    for key, value in data.items() if isinstance(data, dict) else []:
        is_fetched = str(key).endswith("_implementation") and "/" in str(value)
        if (key in CODE_KEYS and value) or is_fetched:
            raise DataError(
                f"{name}: {key!r} asks for code that comes with the model, which is never run.",
                advice="If the model is a plain one of its class, remove the key and import again.",
            )
        refuse_code(value, name, depth + 1)


def _own(reader: ConfigReader) -> ModelSpec:
    """A model that kept our own class: the spec stands in the config."""
    reader.read.update(reader.data)
    return validated(**reader.part("spec").data)


CLASSES: dict[str, Callable[[ConfigReader], ModelSpec]] = {
    "llama": llama,
    "mistral": mistral,
    "qwen2": qwen2,
    "qwen3": qwen3,
    "gpt2": gpt2,
    "gpt_neox": gpt_neox,
    "bloom": bloom,
    "falcon": falcon,
    "glm": glm,
    "bert": bert,
    "roberta": roberta,
    "electra": electra,
    "deberta": deberta,
    OWN_TYPE: _own,
}
#: Known keys that change nothing in what the model computes.
_HARMLESS = {
    "architectures", "model_type", "transformers_version", "torch_dtype", "dtype", "use_cache",
    "bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id", "initializer_range",
    "attention_dropout", "resid_pdrop", "embd_pdrop", "attn_pdrop", "_name_or_path",
    "pretraining_tp", "rope_theta", "rope_scaling", "rope_parameters", "task_specific_params",
    "summary_type", "summary_use_proj", "summary_activation", "summary_proj_to_labels",
    "summary_first_dropout", "rope_interleaved", "is_llama_config", "transformers.js_config",
    "is_decoder", "is_encoder_decoder", "output_attentions", "output_hidden_states", "return_dict",
}  # fmt: skip
