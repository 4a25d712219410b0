"""From a foreign config.json to our architecture; no torch, nothing is allocated or run.

Read are the keys that the class needs, each with its type and bounds. What would change the
function and cannot be said by a ``ModelSpec`` is refused; what asks for code is refused; every
other key is dropped, because the config that we write is made from the spec alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from training.errors import DataError
from training.specs.model import FeedForward, ModelSpec, Norm, Position
from training.specs.sentences import problem_of

#: Keys by which a folder can ask for code to be run.
CODE_KEYS = ("auto_map", "trust_remote_code", "custom_generate", "custom_pipelines")
OWN_TYPE = "trainyard"
#: GELU in its tanh form has three names in transformers.
_TANH_GELU = ("gelu_new", "gelu_pytorch_tanh", "gelu_fast")
_MAX_SHOWN_CHARS = 60
_MAX_DEPTH = 32


@dataclass
class ConfigReader:
    """One config.json; every value is asked for by name, type and bounds."""

    data: dict[str, Any]
    where: str = "config.json"
    read: set[str] = field(default_factory=set)

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number; DataError names key, value and what is accepted."""
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.refusal(name, value, f"a whole number from {low:,} to {high:,}")
        return value

    def number(self, name: str, low: float, high: float, default: float) -> float:
        """A number within bounds."""
        value = self._get(name, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            raise self.refusal(name, value, f"a number from {low:g} to {high:g}")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self.refusal(name, value, "true or false")
        return value

    def only(self, name: str, accepted: tuple[Any, ...]) -> None:
        """Refuse what the class can do and our architecture cannot; the first is the default."""
        value = self._get(name, accepted[0])
        if not any(value is one or (type(value) is type(one) and value == one) for one in accepted):
            raise self.refusal(name, value, " or ".join(map(repr, accepted)))

    def part(self, *names: str) -> ConfigReader:
        """The object under the first of the names that is there."""
        for name in names:
            value = self._get(name, None)
            if value is not None and not isinstance(value, dict):
                raise self.refusal(name, value, "an object")
            if value:
                return ConfigReader(value, f"{self.where}: {name}")
        return ConfigReader({}, f"{self.where}: {names[0]}")

    def has(self, name: str) -> bool:
        """Whether the key has a value."""
        return self.data.get(name) is not None

    def unread(self) -> list[str]:
        """Keys that nobody asked for."""
        return sorted(set(self.data) - self.read)

    def refusal(self, name: str, value: Any, expected: str) -> DataError:
        """The sentence for a value."""
        shown = repr(value)
        if len(shown) > _MAX_SHOWN_CHARS:
            shown = shown[:_MAX_SHOWN_CHARS] + "..."
        return DataError(
            f"{self.where}: {name[:_MAX_SHOWN_CHARS]} is {shown}; accepted: {expected}.",
            advice="The model cannot be taken over with this value.",
        )

    def _get(self, name: str, default: Any) -> Any:
        self.read.add(name)
        value = self.data.get(name)
        return default if value is None else value


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
            f"config.json: model_type is {str(model_type)[:_MAX_SHOWN_CHARS]!r}, which cannot be "
            f"taken over; accepted: {', '.join(CLASSES)}.",
            advice="Models of these classes can be imported: LlamaForCausalLM (SmolLM2 is one), "
            "MistralForCausalLM without sliding window, Qwen2ForCausalLM, GPT2LMHeadModel.",
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


def _llama(reader: ConfigReader) -> ModelSpec:
    """Llama; with biases everywhere or nowhere."""
    has_biases = reader.flag("attention_bias", default=False)
    if reader.flag("mlp_bias", default=False) != has_biases:
        raise reader.refusal("mlp_bias", not has_biases, f"{has_biases}, as attention_bias is")
    return _llama_like(reader, has_biases=has_biases)


def _mistral(reader: ConfigReader) -> ModelSpec:
    """Mistral is Llama where no window cuts the attention."""
    context = reader.integer("max_position_embeddings", 8, 1_048_576, 131_072)
    if reader.has("sliding_window"):
        window = reader.integer("sliding_window", 1, 2**31)
        if window < context:
            raise reader.refusal("sliding_window", window, f"null, or at least {context:,}")
    return _llama_like(reader)


def _qwen2(reader: ConfigReader) -> ModelSpec:
    """Llama with biases in query, key and value."""
    reader.only("use_sliding_window", (False,))
    for name in ("sliding_window", "max_window_layers", "layer_types"):
        reader.read.add(name)
    kinds = reader.data.get("layer_types") or []
    if not isinstance(kinds, list) or any(kind != "full_attention" for kind in kinds):
        raise reader.refusal("layer_types", kinds, "full_attention in every layer")
    return _llama_like(reader, has_qkv_biases=True, epsilon=1e-6)


def _llama_like(
    reader: ConfigReader,
    *,
    has_biases: bool = False,
    has_qkv_biases: bool = False,
    epsilon: float = 1e-6,
) -> ModelSpec:
    reader.only("hidden_act", ("silu", "swish"))
    width = reader.integer("hidden_size", 8, 65_536)
    heads = reader.integer("num_attention_heads", 1, 65_536)
    head_width = reader.integer("head_dim", 1, 4096, max(1, width // heads))
    scaling, theta = _rope(reader)
    return _validated(
        num_layers=reader.integer("num_hidden_layers", 1, 256),
        width=width,
        num_heads=heads,
        num_kv_heads=reader.integer("num_key_value_heads", 1, 65_536, heads),
        attention_head_width=0 if head_width * heads == width else head_width,
        context_length=reader.integer("max_position_embeddings", 8, 1_048_576, 2048),
        vocab_size=reader.integer("vocab_size", 1, 4_194_304),
        position=Position.ROPE,
        rope_theta=theta,
        rope_scaling=scaling,
        norm=Norm.RMSNORM,
        norm_epsilon=reader.number("rms_norm_eps", 1e-12, 0.1, epsilon),
        feedforward=FeedForward.SWIGLU,
        feedforward_width=reader.integer("intermediate_size", 1, 1_048_576),
        has_biases=has_biases,
        has_qkv_biases=has_qkv_biases,
        is_tied=reader.flag("tie_word_embeddings", default=False),
    )


def _rope(reader: ConfigReader) -> tuple[dict[str, Any], float]:
    """(rope_scaling part, theta) from the spelling of transformers 5 or an older one."""
    part = reader.part("rope_parameters", "rope_scaling")
    theta = part.number("rope_theta", 1.0, 1e12, reader.number("rope_theta", 1.0, 1e12, 10_000.0))
    reader.only("partial_rotary_factor", (1.0, 1))
    part.only("partial_rotary_factor", (1.0, 1))
    name = "rope_type" if part.has("rope_type") else "type"
    part.only(name, ("default", "linear", "llama3"))
    kind = part.data.get(name, "default")
    if kind == "default":
        return {}, theta
    scaling: dict[str, Any] = {"kind": kind, "factor": part.number("factor", 1, 1024, 1.0)}
    if kind == "llama3":
        scaling |= {
            "low_frequency_factor": part.number("low_freq_factor", 1e-6, 1024, 1.0),
            "high_frequency_factor": part.number("high_freq_factor", 1e-6, 1024, 4.0),
            "original_context_length": part.integer(
                "original_max_position_embeddings", 8, 1_048_576, 8192
            ),
        }
    return scaling, theta


def _gpt2(reader: ConfigReader) -> ModelSpec:
    """GPT-2 as OpenAI trained it."""
    reader.only("activation_function", _TANH_GELU)
    reader.only("scale_attn_weights", (True,))
    reader.only("scale_attn_by_inverse_layer_idx", (False,))
    reader.only("add_cross_attention", (False,))
    reader.only("tie_word_embeddings", (True,))
    reader.read.update({"reorder_and_upcast_attn", "n_ctx"})
    width = reader.integer("n_embd", 8, 65_536, 768)
    return _validated(
        num_layers=reader.integer("n_layer", 1, 256, 12),
        width=width,
        num_heads=reader.integer("n_head", 1, 65_536, 12),
        num_kv_heads=reader.integer("n_head", 1, 65_536, 12),
        context_length=reader.integer("n_positions", 8, 1_048_576, 1024),
        vocab_size=reader.integer("vocab_size", 1, 4_194_304, 50_257),
        position=Position.LEARNED,
        norm=Norm.LAYERNORM,
        norm_epsilon=reader.number("layer_norm_epsilon", 1e-12, 0.1, 1e-5),
        feedforward=FeedForward.GELU,
        feedforward_width=reader.integer("n_inner", 1, 1_048_576, 4 * width),
        has_biases=True,
        is_tied=True,
    )


def _own(reader: ConfigReader) -> ModelSpec:
    """A model that kept our own class: the spec stands in the config."""
    reader.read.update(reader.data)
    return _validated(**reader.part("spec").data)


def _validated(**values: Any) -> ModelSpec:
    try:
        return ModelSpec.model_validate(values)
    except ValidationError as error:
        sentences = [problem_of(ModelSpec, detail).sentence() for detail in error.errors()]
        raise DataError("config.json: " + " ".join(sentences)) from error


CLASSES: dict[str, Callable[[ConfigReader], ModelSpec]] = {
    "llama": _llama,
    "mistral": _mistral,
    "qwen2": _qwen2,
    "gpt2": _gpt2,
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
