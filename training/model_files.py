"""Whether files that arrive are those of a model, by names and first bytes; no torch.

Nothing is parsed, because this runs in the web process too; of a ZIP archive the list of members is
looked at, if it is small.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path

from training.errors import FileRefusedError

#: Weights, a SentencePiece model, ranks of tiktoken, a chat template: what only models have.
MODEL_ENDINGS = (".safetensors", ".gguf", ".model", ".tiktoken", ".jinja")
#: Under these names pickles come; they can run code and are never read.
PICKLE_ENDINGS = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
_WEIGHTS = (".safetensors", ".gguf")
_TOKENIZERS = (".model", ".tiktoken")
_ZIP_END = b"PK\x05\x06"
_MAX_END_BYTES = 22 + 65_535
_MAX_LIST_BYTES = 1 << 20


def is_lfs_pointer(head: bytes) -> bool:
    """Whether Git left the name of a large file in place of the file."""
    return head.startswith(b"version https://git-lfs")


def is_pickled(head: bytes) -> bool:
    """Whether it is a pickle or a checkpoint of torch, under whatever name."""
    # A safetensors header may begin with 0x80 too, but "{" follows its eight bytes of length.
    is_pickle = head[:1] == b"\x80" and head[8:9] != b"{"
    return is_pickle or head.startswith(b"PK\x03\x04")


def require_model_file(name: str, head: bytes) -> None:
    """FileRefusedError when a file of ``MODEL_ENDINGS`` begins as none of its kind does."""
    if is_lfs_pointer(head):
        raise FileRefusedError(
            "is a Git LFS pointer, not the file itself; fetch the real file with git lfs pull"
        )
    if is_pickled(head):
        raise FileRefusedError(
            "is a pickled checkpoint under another name, which can run code and is never read; "
            "save the model as safetensors"
        )
    lower = name.lower()
    is_whole = not (
        (lower.endswith(".gguf") and not head.startswith(b"GGUF"))
        or (lower.endswith(".safetensors") and head[8:9] != b"{")
    )
    if not is_whole:
        kind = lower.rpartition(".")[2]
        raise FileRefusedError(f"does not begin as a {kind} file does; copy it again")


def hold_model(files: Iterable[tuple[Path, str]]) -> bool:
    """Whether one of the (file, its name) holds weights, or packs some."""
    return any(
        name.lower().endswith(_WEIGHTS) or (name.lower().endswith(".zip") and _packs_weights(path))
        for path, name in files
    )


def hold_tokenizer(files: Iterable[tuple[Path, str]]) -> bool:
    """Whether one of the (file, its name) is a tokenizer, and none holds weights."""
    listed = list(files)
    return not hold_model(listed) and any(
        name.lower().rpartition("/")[2] == "tokenizer.json" or name.lower().endswith(_TOKENIZERS)
        for _, name in listed
    )


def _packs_weights(path: Path) -> bool:
    try:
        if not 0 < _list_bytes(path) <= _MAX_LIST_BYTES:
            return False
        with zipfile.ZipFile(path) as archive:
            return any(name.lower().endswith(_WEIGHTS) for name in archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _list_bytes(path: Path) -> int:
    """The size of a ZIP's list of members, 0 where there is none."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _MAX_END_BYTES))
        end = file.read()
    at = end.rfind(_ZIP_END)
    if at < 0 or len(end) < at + 22:
        return 0
    (num_bytes,) = struct.unpack_from("<I", end, at + 12)
    return int(num_bytes)
