"""Previews that need a library of the training side, but no torch."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from training.folder.artifact import require_kind
from training.tokenizers.load import load_tokenizer

MAX_CHARS = 20_000
_NUM_CACHED = 4


def preview_tokens(folder: str, text: str) -> dict[str, Any]:
    """Pieces of ``text`` with their ids and places: {"tokens": [[id, start, end], ...], ...}.

    ``folder`` is a tokenizer artifact. Places count characters. Longer texts are cut, and the
    answer says so.
    """
    tokenizer = _tokenizer(folder)
    shown = text[:MAX_CHARS]
    encoding = tokenizer.encode(shown, add_special_tokens=False)
    tokens = [
        [token, start, end]
        for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True)
    ]
    return {
        "tokens": tokens,
        "num_tokens": len(tokens),
        "num_chars": len(shown),
        "num_bytes": len(shown.encode()),
        "is_cut": len(text) > MAX_CHARS,
    }


@functools.lru_cache(maxsize=_NUM_CACHED)
def _tokenizer(folder: str) -> Any:
    """Artifacts never change, so a loaded tokenizer is good for as long as the process lives."""
    require_kind(Path(folder), "tokenizer")
    return load_tokenizer(Path(folder))
