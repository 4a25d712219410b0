"""What a base changes in a run: the spec filled in from it, checks that all fits, the adapter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.errors import DataError, Problem, SpecError
from training.export.adapter import ADAPTER_WEIGHTS, write_adapter
from training.export.folder import ExportInfo, config_of, write_configs
from training.export.native import Tensors, match_native, native_class
from training.export.tokenizer import SpecialIds, copy_tokenizer
from training.folder.atomic import write_json
from training.folder.job import Job
from training.loop.base import (
    ADAPTER_KEY,
    BASE_FILE,
    Base,
    BaseIdentity,
    find_base,
    load_base,
    stored_adapter,
)
from training.loop.checkpoint import STATE, load_model_tensors
from training.loop.optimizer import trainable
from training.loop.run import Run
from training.loop.snapshot import Snapshot
from training.specs.model import ModelSpec
from training.specs.run_parts import RUN_FIELDS
from training.specs.train import TrainSpec
from training.specs.tuning import DEFAULT_LENGTH, AdapterOutput, LoraPart, TuningPart
from training.tokenizers.load import load_tokenizer
from training.tokens.store import TokenStore

#: Fields of the model that belong to the training and not to the base.
_FREE = {*RUN_FIELDS, "init_std"}
_LISTED = 3


def base_of(spec: TrainSpec, job: Job, store: TokenStore) -> Base | None:
    """The run's base, None when it has none; refused when it or its tokenizer does not fit."""
    if not spec.base:
        return None
    folder = Path(os.path.realpath(job.folder.root / spec.base))
    if not os.path.isdir(folder):  # noqa: PTH112 - Path's raises for names that are too long
        raise DataError(
            f"base: there is no folder {os.path.relpath(folder)}.",
            advice="Name the output of an import, export or train job, or a checkpoint's folder.",
        )
    base = load_base(folder)
    _require_tokenizer(base, store)
    identity = BaseIdentity.of(folder, seen_from=job.folder.root)
    return replace(base, identity=identity)


def with_base(spec: TrainSpec, base: Base) -> TrainSpec:
    """The spec with the base's architecture; SpecError for options that contradict it."""
    problems = [*_contradictions(spec.model, base.spec), *_misfits(spec, base)]
    if problems:
        raise SpecError(problems)
    length = spec.sequence_length or min(DEFAULT_LENGTH, base.spec.context_length)
    chosen = {name: getattr(spec.model, name) for name in RUN_FIELDS}
    model = base.spec.replace(**chosen)
    return spec.replace(model=model, sequence_length=length)


def require_same_pieces(ours: Path, theirs: Path, what: str) -> None:
    """DataError when a piece of one tokenizer folder has another id in the other."""
    here = load_tokenizer(ours).get_vocab(with_added_tokens=True)
    there = load_tokenizer(theirs).get_vocab(with_added_tokens=True)
    others = sorted(piece for piece in here if there.get(piece) != here[piece])
    if others:
        shown = ", ".join(
            f"{piece!r} is {here[piece]} here and {there.get(piece, 'nothing')} there"
            for piece in others[:_LISTED]
        )
        raise DataError(
            f"{what} do not match the base: the tokenizer has {len(here):,} pieces, the base's "
            f"has {len(there):,}, and {len(others):,} differ: {shown}.",
            advice="Tokenize with the base's tokenizer.",
        )


def require_same_base(run: Run, snapshot: Snapshot) -> None:
    """A checkpoint's adapter must have been trained on this run's base."""
    entry = snapshot.extra.get(ADAPTER_KEY)
    if entry and run.base:
        BaseIdentity.from_dict(entry["base"]).require(run.base.identity)


def adapter_entry(run: Run) -> dict[str, Any]:
    """What a checkpoint of a LoRA run says of its adapter; the path is seen from its folder."""
    assert run.base is not None
    checkpoint = run.job.folder.checkpoint(run.state.step)
    identity = replace(
        run.base.identity,
        path=os.path.relpath(
            os.path.realpath(run.base.folder), os.path.realpath(checkpoint.parent) + "/step"
        ),
    )
    tuning = run.spec.tuning.model_dump(mode="json")
    return {ADAPTER_KEY: {"base": identity.as_dict(), "tuning": tuning}}


def _contradictions(model: ModelSpec, base: ModelSpec) -> Iterator[Problem]:
    """Options of the architecture that were chosen and are not the base's."""
    fields = ModelSpec.model_fields
    for name in fields.keys() - _FREE:
        asked, there = getattr(model, name), getattr(base, name)
        default = fields[name].get_default(call_default_factory=True)
        if asked not in (default, there):
            yield Problem(
                f"model.{name}",
                "the base has another architecture, which cannot be changed",
                got=_shown(asked),
                expected=_shown(there),
                hint="Leave the model's options out; the base's are used.",
                fix=((f"model.{name}", default if not hasattr(default, "model_dump") else {}),),
            )


def _misfits(spec: TrainSpec, base: Base) -> Iterator[Problem]:
    if spec.sequence_length > base.spec.context_length:
        yield Problem(
            "sequence_length",
            "rows may not be longer than the base's context",
            got=str(spec.sequence_length),
            expected=f"up to {base.spec.context_length} tokens",
            hint="Shorten the rows.",
            fix=(("sequence_length", base.spec.context_length),),
        )
    is_adapter = spec.tuning.method == "lora" and spec.tuning.output == AdapterOutput.ADAPTER
    if is_adapter and base.is_merged:
        yield Problem(
            "tuning.output",
            "the base is an adapter itself, and an adapter needs a whole model to sit on",
            got=str(spec.tuning.output),
            expected=str(AdapterOutput.MERGED),
            hint="Export the base merged and train on that, or let this run leave a merged model.",
            fix=(("tuning.output", str(AdapterOutput.MERGED)),),
        )


def _require_tokenizer(base: Base, store: TokenStore) -> None:
    """The tokens must mean the same pieces as the rows of the base's embedding."""
    if store.info.vocab_size > base.spec.vocab_size:
        raise DataError(
            f"The tokens do not match the base: their tokenizer has {store.info.vocab_size:,} "
            f"pieces, and {base.identity.name} has rows for {base.spec.vocab_size:,}.",
            advice="Tokenize with the base's tokenizer; or, if it was extended, give the base rows "
            "for the new pieces with resize_embeddings.",
        )
    if base.tokenizer is not None:
        require_same_pieces(store.tokenizer_folder, base.tokenizer, "The tokens")


def _shown(value: object) -> str:
    dump = getattr(value, "model_dump", None)
    return str(dump(mode="json") if dump else value)


@dataclass(frozen=True)
class Adapter:
    """The matrices of a LoRA run, by their names in the module, and the base that they are for."""

    tensors: Tensors
    part: LoraPart
    base: Base

    def export(self, tokenizer: Path | None, out: Path) -> ExportInfo:
        """Write peft's two files, which base they are for, and the base's config and tokenizer.

        The path to the base is seen from the artifact's final place, beside which ``out`` is.
        """
        spec = self.base.spec
        out.mkdir(parents=True, exist_ok=True)
        write_adapter(
            self.tensors, self.base.tensors, spec, self.part, self.base.identity.name, out
        )
        identity = BaseIdentity.of(self.base.folder, seen_from=out)
        write_json(out / BASE_FILE, identity.as_dict())
        special, tokenizer = SpecialIds(), tokenizer or self.base.tokenizer
        if tokenizer is not None:
            special = copy_tokenizer(tokenizer, out, spec.context_length)
        config, native = config_of(spec), native_class(spec)
        write_configs(config, special, spec, out)
        architecture = str(config.architectures[0])
        (out / "README.md").write_text(_readme(architecture, identity), encoding="utf-8")
        return ExportInfo(
            path=out,
            architecture=architecture,
            is_native=native is not None,
            reason="" if native else match_native(spec),
            num_parameters=sum(tensor.numel() for tensor in self.tensors.values()),
            num_bytes=(out / ADAPTER_WEIGHTS).stat().st_size,
            has_tokenizer=tokenizer is not None,
            is_adapter=True,
        )


def load_adapter(folder: Path) -> Adapter:
    """The adapter in a checkpoint; DataError when the run was no LoRA run."""
    weights, _ = load_model_tensors(folder) if (folder / STATE).exists() else ({}, None)
    entry = stored_adapter(folder) if weights else None
    if entry is None:
        raise DataError(
            f"{folder.name} holds no adapter to be written: it is "
            f"{'a checkpoint of whole weights' if weights else 'an adapter in its own folder'}.",
            advice="Ask for merged, or name a checkpoint of a LoRA run.",
        )
    base = find_base(BaseIdentity.from_dict(entry["base"]), folder)
    return Adapter(weights, TuningPart.model_validate(entry["tuning"]).lora, base)


def tuned_counts(run: Run) -> dict[str, Any]:
    """For the manifest: what was tuned and of which base; empty without one."""
    if run.base is None:
        return {}
    return {
        "tuning": run.spec.tuning.method,
        "base_name": run.base.identity.name,
        "base_manifest_sha256": run.base.identity.manifest_sha256,
        "num_trainable": sum(p.numel() for _, p in trainable(run.model)),
    }


def _readme(architecture: str, base: BaseIdentity) -> str:
    return f"""# Adapter trained with Trainyard

LoRA matrices for a `{architecture}`: {base.name}, whose manifest has the SHA-256
`{base.manifest_sha256}`. With plain transformers and peft:

    from peft import PeftModel
    from transformers import AutoModelForCausalLM
    model = AutoModelForCausalLM.from_pretrained("folder-of-the-base")
    model = PeftModel.from_pretrained(model, "this-folder")
"""
