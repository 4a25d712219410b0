"""Writing a model as a Hugging Face folder: configs, weights, tokenizer, README.

Only JSON, text and safetensors are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors.torch import save_file
from torch import Tensor

from training.export.native import Tensors, match_native, native_class
from training.export.native.encoders import Roberta
from training.export.tokenizer import SpecialIds, copy_tokenizer
from training.folder.atomic import read_json, write_json
from training.model.network import TrainyardModel, architecture_of, without_generator
from training.specs.model import ModelSpec
from training.units import format_count

if TYPE_CHECKING:
    from transformers.configuration_utils import PreTrainedConfig

WEIGHTS = "model.safetensors"
#: Our state dict holds a tied head twice; a file holds it once.
HEAD = "lm_head.weight"
POSITIONS = "model.positions.weight"


@dataclass(frozen=True)
class ExportInfo:
    """What was written. ``reason`` says why the class is not a native one, else it is empty."""

    path: Path
    architecture: str
    is_native: bool
    reason: str
    num_parameters: int
    num_bytes: int
    has_tokenizer: bool
    #: Whether these are the small matrices of an adapter, for a base elsewhere.
    is_adapter: bool = False


def export_model(model: TrainyardModel, tokenizer_folder: Path | None, out: Path) -> ExportInfo:
    """Write ``model`` and its tokenizer's files into ``out``, which is made if missing.

    Raises DataError when ``tokenizer_folder`` holds no tokenizer.
    """
    state = without_generator(model.state_dict())
    return export_tensors(state, model.spec, tokenizer_folder, out)


def export_tensors(
    state: dict[str, Tensor], spec: ModelSpec, tokenizer_folder: Path | None, out: Path
) -> ExportInfo:
    """Like ``export_model``, from a state dict and its resolved spec."""
    out.mkdir(parents=True, exist_ok=True)
    ours = {
        name: tensor.detach().cpu().contiguous()
        for name, tensor in state.items()
        if not (spec.is_tied and name == HEAD)
    }
    special = SpecialIds()
    if tokenizer_folder is not None:
        special = copy_tokenizer(tokenizer_folder, out, spec.context_length)
        if isinstance(native_class(spec), Roberta) and not _fits_roberta(spec, special):
            spec, ours = _beginning_at_0(spec, ours)
    native = native_class(spec)
    tensors = native.tensors(ours, spec) if native else ours
    config = config_of(spec)
    save_file(tensors, out / WEIGHTS, metadata={"format": "pt"})
    write_configs(config, special, spec, out)
    info = ExportInfo(
        path=out,
        architecture=config.architectures[0],
        is_native=native is not None,
        reason="" if native else match_native(spec),
        num_parameters=sum(tensor.numel() for tensor in tensors.values()),
        num_bytes=(out / WEIGHTS).stat().st_size,
        has_tokenizer=tokenizer_folder is not None,
    )
    (out / "README.md").write_text(_readme(info, spec), encoding="utf-8")
    return info


def _fits_roberta(spec: ModelSpec, special: SpecialIds) -> bool:
    """Whether the class would read a text at the positions at which this model does.

    It counts them over all tokens but its padding token, whose id is the one before the first
    position. A tokenizer that has another token there, or also ends texts with it, would have it
    read every text that holds the token at other positions, without a word.
    """
    is_padding = special.pad == spec.first_position - 1
    return is_padding and special.pad not in (special.bos, special.eos, *special.turn_ends)


def _beginning_at_0(spec: ModelSpec, ours: Tensors) -> tuple[ModelSpec, Tensors]:
    """The same network as BERT has it: without the rows that no token is read at."""
    used = ours[POSITIONS][spec.first_position :].contiguous()
    return spec.replace(first_position=0), {**ours, POSITIONS: used}


def config_of(spec: ModelSpec) -> PreTrainedConfig:
    """The config of a spec's native class, or of our own where there is none."""
    native = native_class(spec)
    config = native.config(spec) if native else _own_config(spec)
    config.architectures = [native.name if native else architecture_of(spec)]
    return config


def _own_config(spec: ModelSpec) -> PreTrainedConfig:
    # transformers takes seconds to load: nobody waits for it before there is something to export.
    from training.model.pretrained import TrainyardConfig

    return TrainyardConfig.of_spec(spec)


def write_configs(
    config: PreTrainedConfig, special: SpecialIds, spec: ModelSpec, out: Path
) -> None:
    """config.json, and generation_config.json where text can be generated."""
    config.bos_token_id, config.eos_token_id = special.bos, special.eos
    if not spec.first_position:
        # RoBERTa's says where positions begin, whatever the tokenizer pads with
        config.pad_token_id = special.pad
    config.save_pretrained(out)
    path = out / "config.json"
    data = read_json(path) or {}
    if "rope_parameters" in data:
        # transformers 5 keeps the base inside rope_parameters; older readers look for it here
        write_json(path, {**data, "rope_theta": spec.rope_theta})
    if not spec.writes_text:
        return
    from transformers import GenerationConfig

    GenerationConfig(
        bos_token_id=special.bos,
        eos_token_id=special.ends,
        pad_token_id=special.pad,
        max_length=spec.context_length,
    ).save_pretrained(out)


def auto_class(architecture: str) -> str:
    """The Auto class of transformers that reads a class of that name."""
    for purpose in ("MaskedLM", "PreTraining"):
        if architecture.endswith(f"For{purpose}"):
            return f"AutoModelFor{purpose}"
    return "AutoModelForCausalLM"


def _readme(info: ExportInfo, spec: ModelSpec) -> str:
    return f"""# Model trained with Trainyard

* Class: `{info.architecture}`
* Parameters: {format_count(info.num_parameters)} (float32, `{WEIGHTS}`)
* Layers {spec.num_layers}, width {spec.width}, heads {spec.num_heads}, key/value heads
  {spec.num_kv_heads}, context {spec.context_length} tokens, vocabulary {spec.vocab_size}

{_how_to_load(info)}
"""


def _how_to_load(info: ExportInfo) -> str:
    if info.is_native:
        return (
            "This is a native transformers class: "
            f'`{auto_class(info.architecture)}.from_pretrained("this-folder")` reads it, with no '
            "remote code."
        )
    return (
        f"{info.reason} It therefore keeps Trainyard's own class, and loads where Trainyard is "
        "installed, with no remote code:\n\n"
        "    from training.export.load import load_exported\n"
        '    model = load_exported("this-folder")'
    )
