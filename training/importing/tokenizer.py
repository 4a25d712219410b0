"""The base's tokenizer as tokenizer.json and a filtered config, and whether it fits the base."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from training.errors import DataError
from training.folder.atomic import write_json
from training.importing.gguf_tokenizer import build_tokenizer, roles
from training.importing.sentencepiece import MODEL_FILE, read_sentencepiece
from training.importing.sentencepiece_tokenizer import build_sentencepiece
from training.importing.source import Source, refuse_foreign
from training.importing.weights import read_json_file
from training.specs.huggingface import refuse_code
from training.specs.model import ModelSpec
from training.tokenizers.load import CONFIG_FILE, TOKENIZER_FILE, load_tokenizer

CHAT_TEMPLATE = "chat_template.jinja"
_MAX_TEMPLATE_BYTES = 1 << 20
#: What transformers needs to know beside tokenizer.json; nothing else is taken over.
_TEXTS = (
    "bos_token", "eos_token", "pad_token", "unk_token", "cls_token", "sep_token", "mask_token",
)  # fmt: skip
_FLAGS = ("add_bos_token", "add_eos_token", "clean_up_tokenization_spaces")
#: A model may have unused rows for speed; one with many more than this is of another tokenizer.
_LEAST_USED = 0.9


def stage_tokenizer(source: Source, spec: ModelSpec, folder: Path) -> None:
    """Write the tokenizer's files into ``folder``; DataError when there is none that fits."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _write_tokenizer(source, folder)
    config, template = read_settings(source.files)
    write_tokenizer_config(folder, config, template, spec.context_length)
    check_tokenizer(folder, spec)


def read_settings(files: dict[str, Path]) -> tuple[dict[str, Any], Any]:
    """(tokenizer_config.json, the chat template) of a model's files; {} and None without."""
    config: dict[str, Any] = {}
    if CONFIG_FILE in files:
        found = read_json_file(files[CONFIG_FILE], CONFIG_FILE)
        refuse_code(found, CONFIG_FILE)
        config = found if isinstance(found, dict) else {}
    template = _named_template(config.get("chat_template"))
    if CHAT_TEMPLATE in files:
        path = files[CHAT_TEMPLATE]
        refuse_foreign(path, CHAT_TEMPLATE)
        if path.stat().st_size > _MAX_TEMPLATE_BYTES:
            raise DataError(f"{CHAT_TEMPLATE} is larger than {_MAX_TEMPLATE_BYTES:,} bytes.")
        template = path.read_bytes().decode(errors="replace")
    return config, template


def stage_gguf_tokenizer(
    metadata: dict[str, Any], spec: ModelSpec, folder: Path, name: str
) -> None:
    """The same from the metadata of the GGUF file ``name``."""
    pieces = metadata.get("tokenizer.ggml.tokens")
    if isinstance(pieces, list) and len(pieces) != spec.vocab_size:
        raise DataError(
            f"The tokenizer does not match the base: it has {len(pieces):,} pieces, and the base "
            f"has rows for {spec.vocab_size:,}.",
            advice="Take another copy of the file.",
        )
    tokenizer = build_tokenizer(metadata, name)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / TOKENIZER_FILE))
    template = metadata.get("tokenizer.chat_template")
    write_tokenizer_config(folder, roles(metadata), template, spec.context_length)
    check_tokenizer(folder, spec)


def _write_tokenizer(source: Source, folder: Path) -> None:
    """tokenizer.json as it is, or made from one of the older forms."""
    files = source.files
    if TOKENIZER_FILE in files:
        # Its vocabulary may hold any word as a key, and its reader knows no code to run.
        read_json_file(files[TOKENIZER_FILE], TOKENIZER_FILE)
        shutil.copyfile(files[TOKENIZER_FILE], folder / TOKENIZER_FILE)
        return
    if MODEL_FILE in files:
        refuse_foreign(files[MODEL_FILE], MODEL_FILE)
        model = read_sentencepiece(files[MODEL_FILE].read_bytes())
        build_sentencepiece(model, MODEL_FILE).save(str(folder / TOKENIZER_FILE))
        return
    raise DataError(
        f"There is no {TOKENIZER_FILE} and no {MODEL_FILE} beside config.json.",
        advice="Write one with transformers: AutoTokenizer.from_pretrained(model)"
        ".save_pretrained(folder); then upload it too.",
    )


def write_tokenizer_config(
    folder: Path, config: Any, template: Any, context_length: int = 0
) -> None:
    """tokenizer_config.json with the keys that are known, and the template in a file of its own.

    Without a ``context_length`` texts may be of any length.
    """
    config = config if isinstance(config, dict) else {}
    kept: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        **({"model_max_length": context_length} if context_length else {}),
        "clean_up_tokenization_spaces": False,
    }
    for name in _TEXTS:
        text = config.get(name)
        text = text.get("content") if isinstance(text, dict) else text
        if isinstance(text, str) and text:
            kept[name] = _whole_text(text, name)
    kept |= {name: config[name] for name in _FLAGS if isinstance(config.get(name), bool)}
    write_json(folder / CONFIG_FILE, kept)
    if isinstance(template, str) and template:
        whole = _whole_text(template, "chat_template")
        (folder / CHAT_TEMPLATE).write_text(whole, encoding="utf-8")


def _named_template(template: Any) -> Any:
    """Of several templates ([{"name", "template"}]) the one that is called default."""
    if not isinstance(template, list):
        return template
    named = (one for one in template if isinstance(one, dict) and one.get("name") == "default")
    return next(named, {}).get("template")


def _whole_text(text: str, name: str) -> str:
    """The text; DataError when JSON made half a character of an escape."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{CONFIG_FILE}: {name} holds half a character (a lone surrogate).",
            advice="Take another copy of the file.",
        ) from error
    return text


def check_tokenizer(folder: Path, spec: ModelSpec) -> None:
    """DataError with both numbers when ids and rows of the embedding do not fit."""
    vocabulary = load_tokenizer(folder).get_vocab(with_added_tokens=True)
    largest = max(vocabulary.values(), default=-1)
    if largest >= spec.vocab_size:
        raise DataError(
            f"The tokenizer does not match the base: its ids go up to {largest:,}, and the base "
            f"has rows for {spec.vocab_size:,} pieces.",
            advice="Use the tokenizer that the base was trained with.",
        )
    if len(vocabulary) < _LEAST_USED * spec.vocab_size:
        raise DataError(
            f"The tokenizer does not match the base: it has {len(vocabulary):,} pieces, and the "
            f"base has rows for {spec.vocab_size:,}.",
            advice="Use the tokenizer that the base was trained with.",
        )
