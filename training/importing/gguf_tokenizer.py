"""The tokenizer inside a GGUF file, written as tokenizer.json.

Two kinds: "gpt2" (byte-level BPE with merges) and "llama" (SentencePiece BPE with scores and byte
pieces). How text is cut before BPE is named by ``tokenizer.ggml.pre``; a name that is not known is
refused, because another cut means other tokens than the base was trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeGuard

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from training.errors import DataError
from training.importing.sentencepiece import PieceKind, SentencePieceModel, require_pieces
from training.importing.sentencepiece_tokenizer import add_special, build_sentencepiece
from training.specs.tokenizer_parts import Digits, PreTokenizer
from training.tokenizers.patterns import word_pattern

_ROLES = {"bos_token": "bos", "eos_token": "eos", "pad_token": "padding", "unk_token": "unknown"}
_LLAMA3_SPLIT = word_pattern(PreTokenizer.CL100K, Digits.THREE, is_han_apart=False)
_QWEN2_SPLIT = word_pattern(PreTokenizer.CL100K, Digits.ONE, is_han_apart=False)


def build_tokenizer(metadata: dict[str, Any], name: str) -> Tokenizer:
    """The tokenizer that the metadata of ``name`` describes; DataError for an unknown kind."""
    kind = metadata.get("tokenizer.ggml.model")
    build = {"gpt2": _byte_level, "llama": _sentencepiece}.get(str(kind))
    if build is None:
        raise DataError(
            f"{name}: its tokenizer is of the kind {str(kind)[:60]!r}; accepted: gpt2, llama.",
            advice="Import the model's safetensors folder with its tokenizer.json.",
        )
    pieces = metadata.get("tokenizer.ggml.tokens")
    if not _are_texts(pieces):
        raise DataError(f"{name} has no list of tokens (tokenizer.ggml.tokens).")
    require_pieces(pieces, name)
    return build(metadata, pieces, name)


def roles(metadata: dict[str, Any]) -> dict[str, Any]:
    """{"eos_token": piece, ...} of the roles that the metadata gives an id."""
    pieces, found = metadata["tokenizer.ggml.tokens"], {}
    for role, key in _ROLES.items():
        index = metadata.get(f"tokenizer.ggml.{key}_token_id")
        if isinstance(index, int) and 0 <= index < len(pieces):
            found[role] = pieces[index]
    return found


def _are_texts(values: Any) -> TypeGuard[list[str]]:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _byte_level(metadata: dict[str, Any], pieces: list[str], name: str) -> Tokenizer:
    pre = str(metadata.get("tokenizer.ggml.pre", "default"))
    if pre not in _CUTS:
        raise DataError(
            f"{name}: its tokenizer cuts text in the way {pre[:60]!r}; accepted: "
            f"{', '.join(_CUTS)}.",
            advice="Import the model's safetensors folder with its tokenizer.json.",
        )
    vocab = {piece: index for index, piece in enumerate(pieces)}
    lines = metadata.get("tokenizer.ggml.merges", [])
    if not _are_texts(lines):
        raise DataError(f"{name}: its list of merges is none (tokenizer.ggml.merges).")
    merges = [(left, right) for left, _, right in (line.partition(" ") for line in lines)]
    try:
        model = models.BPE(vocab=vocab, merges=merges)
    except Exception as error:  # The library raises nothing more exact.
        raise DataError(f"{name}: the merges of its tokenizer do not fit ({error}).") from error
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = _CUTS[pre]()
    if pre == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    add_special(tokenizer, pieces, _kinds(metadata, pieces))
    return tokenizer


def _sentencepiece(metadata: dict[str, Any], pieces: list[str], name: str) -> Tokenizer:
    scores = metadata.get("tokenizer.ggml.scores")
    if not isinstance(scores, list) or len(scores) != len(pieces):
        raise DataError(f"{name} has no score for each token (tokenizer.ggml.scores).")
    unknown = int(metadata.get("tokenizer.ggml.unknown_token_id", 0))
    source = SentencePieceModel(
        pieces,
        scores,
        _kinds(metadata, pieces),
        is_bpe=True,
        adds_prefix=metadata.get("tokenizer.ggml.add_space_prefix", True) is not False,
        role_ids={"unk_token": unknown},
    )
    return build_sentencepiece(source, name)


def _kinds(metadata: dict[str, Any], pieces: list[str]) -> list[int]:
    kinds = metadata.get("tokenizer.ggml.token_type")
    is_whole = isinstance(kinds, list) and len(kinds) == len(pieces)
    return kinds if is_whole and kinds else [PieceKind.NORMAL] * len(pieces)


def _gpt2_cut() -> Any:
    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def _digits_cut() -> Any:
    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), _gpt2_cut()])


def _split_cut(pattern: str) -> Callable[[], Any]:
    def cut() -> Any:
        return pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(pattern), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )

    return cut


#: tokenizer.ggml.pre -> how the text is cut.
_CUTS: dict[str, Callable[[], Any]] = {
    "gpt-2": _gpt2_cut,
    "smollm": _digits_cut,
    "llama-bpe": _split_cut(_LLAMA3_SPLIT),
    "qwen2": _split_cut(_QWEN2_SPLIT),
}
