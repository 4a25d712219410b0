"""The verb ``import_tokenizer``: a tokenizer from elsewhere, without a model, becomes an artifact.

Its ids are those of its source: a SentencePiece file is held against SentencePiece, ranks against
tiktoken, on texts of many scripts, before anything is written.
"""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from tokenizers import Tokenizer

from training.errors import DataError, Problem, SpecError
from training.events import EventKind
from training.export.tokenizer import USUAL_NAMES
from training.folder.atomic import write_json
from training.folder.job import Job
from training.importing.sentencepiece import read_sentencepiece
from training.importing.sentencepiece_tokenizer import build_sentencepiece, difference
from training.importing.source import listed_files, refuse_foreign, refuse_pickles, source_name
from training.importing.tiktoken_ranks import (
    RANKS_ENDING,
    build_ranks,
    differing_text,
    read_ranks,
)
from training.importing.tokenizer import CHAT_TEMPLATE, read_settings, write_tokenizer_config
from training.importing.weights import read_json_file
from training.specs.import_tokenizer import ImportTokenizerSpec
from training.tokenizers.load import (
    CONFIG_FILE,
    TOKENIZER_FILE,
    load_tokenizer,
    named_tokens,
    special_tokens,
)
from training.tokenizers.probe import TEXTS

_STATISTICS_FILE = "statistics.json"
_MODEL_ENDING = ".model"
#: In the order in which they are looked for.
_ENDINGS = (TOKENIZER_FILE, ".json", _MODEL_ENDING, RANKS_ENDING)
_NOT_TOKENIZERS = (
    CONFIG_FILE, "config.json", "special_tokens_map.json", "generation_config.json", "vocab.json",
)  # fmt: skip
_MAX_TITLE_CHARS = 120
#: Names of roles where no settings tell them.
_USUAL = {
    **{f"{role}_token": names for role, names in USUAL_NAMES.items()},
    "unk_token": ("[UNK]", "<unk>", "<|unk|>"),
    "cls_token": ("[CLS]",),
    "sep_token": ("[SEP]",),
    "mask_token": ("[MASK]", "<mask>", "<|mask|>"),
}


def run(spec: ImportTokenizerSpec, job: Job) -> None:
    """Read, check, write ``output/``. DataError and SpecError say what is refused."""
    job.events.write(EventKind.STARTED)
    job.phase("looking at the files")
    staged = job.folder.root / "tokenizer.tmp"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    try:
        files = listed_files(spec, job)
        name = _chosen(spec, files)
        refuse_foreign(files[name], name)
        job.phase("reading the tokenizer")
        source = _stage(spec, files, name, staged, job)
        tokenizer = load_tokenizer(staged)
        _require_end(spec, tokenizer, staged)
        inputs = {"upload": job.input(spec.upload, "upload")} if spec.upload else {}
        with job.write_output("tokenizer", inputs=inputs) as draft:
            shutil.copytree(staged, draft.path, dirs_exist_ok=True)
            size = tokenizer.get_vocab_size(with_added_tokens=True)
            figures = {"kind": _kind(tokenizer), "source": source, "vocab_size": size}
            specials = {"special_tokens": special_tokens(tokenizer), "roles": named_tokens(staged)}
            write_json(draft.path / _STATISTICS_FILE, figures | specials)
            draft.counts.update({**figures, "is_imported": True})
            draft.title = spec.title or source_name(spec, job)[:_MAX_TITLE_CHARS]
    finally:
        shutil.rmtree(staged, ignore_errors=True)
        shutil.rmtree(job.folder.root / "unpacked.tmp", ignore_errors=True)
    job.events.write(EventKind.FINISHED, vocab_size=size, source=source)


def _chosen(spec: ImportTokenizerSpec, files: dict[str, Path]) -> str:
    """The file to read; DataError when there is none or the one that was named is not there."""
    if spec.file:
        if spec.file not in files:
            listed = ", ".join(sorted(files)[:8]) or "none"
            raise DataError(f"file: {spec.file!r} is not among the files: {listed}.")
        return spec.file
    for ending in _ENDINGS:
        found = [
            name
            for name in sorted(files, key=lambda name: (name.count("/"), name))
            if name.lower().endswith(ending) and PurePosixPath(name).name not in _NOT_TOKENIZERS
        ]
        if len(found) > 1 and ending != TOKENIZER_FILE:
            raise DataError(
                f"There are {len(found)} files of this kind: {', '.join(found[:8])}.",
                advice="Name one of them in the field file.",
            )
        if found:
            return found[0]
    refuse_pickles(files)
    raise DataError(
        f"There is no tokenizer among the files: {', '.join(sorted(files)[:8]) or 'none'}.",
        advice="Choose tokenizer.json, a SentencePiece file (*.model) or ranks of tiktoken "
        "(*.tiktoken).",
    )


def _stage(
    spec: ImportTokenizerSpec, files: dict[str, Path], name: str, staged: Path, job: Job
) -> str:
    """Write the tokenizer's files into ``staged``; what it was read from."""
    path, lower = files[name], name.lower()
    if lower.endswith(_MODEL_ENDING):
        model = read_sentencepiece(path.read_bytes(), name)
        tokenizer = build_sentencepiece(model, name)
        if text := difference(tokenizer, path.read_bytes(), TEXTS):
            raise _differs(name, "SentencePiece", text)
        tokenizer.save(str(staged / TOKENIZER_FILE))
        _write_settings(model.roles(), None, staged)
        return "sentencepiece"
    if lower.endswith(".json"):
        _stage_json(path, name, staged, job)
        beside = {
            PurePosixPath(other).name: file
            for other, file in files.items()
            if PurePosixPath(other).parent == PurePosixPath(name).parent
        }
        _write_settings(*read_settings(beside), staged)
        return "tokenizer.json"
    ranks = read_ranks(path, name)
    tokenizer = build_ranks(ranks, spec, name)
    if text := differing_text(tokenizer, ranks, spec, TEXTS):
        raise _differs(name, "tiktoken", text)
    tokenizer.save(str(staged / TOKENIZER_FILE))
    _write_settings({}, None, staged)
    return "tiktoken"


def _stage_json(path: Path, name: str, staged: Path, job: Job) -> None:
    """tokenizer.json without what makes ids random."""
    data = read_json_file(path, name)
    if not isinstance(data, dict) or not isinstance(data.get("model"), dict):
        raise DataError(
            f"{name} is no tokenizer: it has no model.",
            advice="In transformers, AutoTokenizer.from_pretrained(model).save_pretrained(folder) "
            "writes tokenizer.json.",
        )
    if data["model"].get("dropout"):
        job.warn(f"{name} drops merges at random (dropout); this was taken out.")
        data["model"]["dropout"] = None
    write_json(staged / TOKENIZER_FILE, data)


def _write_settings(config: dict[str, Any], template: Any, staged: Path) -> None:
    """Roles as the settings tell them, else by the usual names of special tokens."""
    tokenizer = load_tokenizer(staged)
    known = set(special_tokens(tokenizer))
    for role, names in _USUAL.items():
        found = next((name for name in names if name in known), None)
        if found and not config.get(role):
            config = {**config, role: found}
    if not config.get("eos_token") and config.get("sep_token"):
        config = {**config, "eos_token": config["sep_token"]}
    write_tokenizer_config(staged, config, template)


def _require_end(spec: ImportTokenizerSpec, tokenizer: Tokenizer, staged: Path) -> None:
    """A token store ends every document; SpecError when there is no token for it."""
    end = spec.end_of_text or named_tokens(staged).get("eos_token", "")
    if not end or tokenizer.token_to_id(end) is None:
        listed = ", ".join(special_tokens(tokenizer)[:20]) or "none"
        message = "is no token of it" if end else "is not named by the files"
        hint = f"Name the token that ends a document. Its special tokens: {listed}."
        raise SpecError([Problem("end_of_text", message, got=repr(end[:80]), hint=hint)])
    if spec.end_of_text:
        template = (staged / CHAT_TEMPLATE).read_text() if (staged / CHAT_TEMPLATE).exists() else ""
        config, _ = read_settings({CONFIG_FILE: staged / CONFIG_FILE})
        write_tokenizer_config(staged, {**config, "eos_token": end}, template)


def _differs(name: str, source: str, text: str) -> DataError:
    return DataError(
        f"{name} cannot be written with the same ids: {text[:60]!r} has others in {source}.",
        advice="Upload tokenizer.json, if the model has one.",
    )


def _kind(tokenizer: Tokenizer) -> str:
    return type(tokenizer.model).__name__.lower()
