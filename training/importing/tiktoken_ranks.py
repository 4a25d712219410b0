"""A file of ranks as tiktoken writes it (base64 of a token, a space, its rank) as a tokenizer.

A rank is an id. The file holds all 256 bytes and no gap but for special tokens; it does not say
where text is cut nor which tokens are special: the spec does, or the size of a known file.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from training.errors import DataError, Problem, SpecError
from training.importing.sentencepiece import MAX_PIECE_CHARS
from training.specs.import_tokenizer import ImportTokenizerSpec, RanksPattern, split_entry
from training.specs.tokenizer_parts import END_OF_TEXT, Digits, PreTokenizer
from training.tokenizers.patterns import GPT2, word_pattern
from training.tokenizers.ranks import as_characters, merges_of_ranks

RANKS_ENDING = ".tiktoken"
_MAX_BYTES = 64 << 20
_MAX_RANKS = 1_000_000
_REMEDY = "Copy the file again; it is one that tiktoken loads (load_tiktoken_bpe)."
_PATTERNS = {
    RanksPattern.GPT2: GPT2,
    RanksPattern.CL100K: word_pattern(PreTokenizer.CL100K, Digits.THREE, is_han_apart=False),
    RanksPattern.O200K: word_pattern(PreTokenizer.O200K, Digits.THREE, is_han_apart=False),
}


@dataclass(frozen=True)
class _Known:
    """What belongs to a published file of ranks."""

    pattern: RanksPattern
    special_tokens: dict[str, int]


#: By the number of ranks.
_KNOWN = {
    50_256: _Known(RanksPattern.GPT2, {END_OF_TEXT: 50_256}),
    50_280: _Known(RanksPattern.GPT2, {END_OF_TEXT: 50_256}),
    100_256: _Known(
        RanksPattern.CL100K,
        {
            END_OF_TEXT: 100_257, "<|fim_prefix|>": 100_258, "<|fim_middle|>": 100_259,
            "<|fim_suffix|>": 100_260, "<|endofprompt|>": 100_276,
        },
    ),
    199_998: _Known(RanksPattern.O200K, {END_OF_TEXT: 199_999, "<|endofprompt|>": 200_018}),
}  # fmt: skip


def read_ranks(path: Path, name: str) -> dict[bytes, int]:
    """{token: rank}; DataError with the line for a file that is damaged or none."""
    if path.stat().st_size > _MAX_BYTES:
        raise DataError(
            f"{name} has {path.stat().st_size:,} bytes; accepted: up to {_MAX_BYTES:,}."
        )
    ranks: dict[bytes, int] = {}
    lines: dict[int, int] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            token, rank = _entry(line, f"{name}, line {number:,}")
            if rank in lines:
                raise _damaged(f"{name}, line {number:,}: the rank {rank:,} is that of line "
                               f"{lines[rank]:,} too")  # fmt: skip
            if token in ranks:
                first = lines[ranks[token]]
                raise _damaged(f"{name}, line {number:,}: the token is that of line {first:,} too")
            ranks[token], lines[rank] = rank, number
    missing = [byte for byte in range(256) if bytes([byte]) not in ranks]
    if missing:
        raise _damaged(
            f"{name} lacks {len(missing)} of the 256 single bytes (the first is "
            f"{missing[0]:#04x}), so not every text could be written"
        )
    return ranks


def build_ranks(ranks: dict[bytes, int], spec: ImportTokenizerSpec, name: str) -> Tokenizer:
    """The tokenizer of the ranks; SpecError for a pattern or special tokens that do not fit."""
    specials = _special_tokens(ranks, spec, name)
    merges, unreached = merges_of_ranks(ranks)
    vocab = {as_characters(token): rank for token, rank in ranks.items()} | specials
    model = models.BPE(
        vocab=vocab,
        merges=[(as_characters(left), as_characters(right)) for left, right in merges],
        # A word that is a token as it stands is taken as that, however it may be merged.
        ignore_merges=bool(unreached),
    )
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = _cuts(ranks, spec, name)
    tokenizer.decoder = decoders.ByteLevel()
    in_order = sorted(specials, key=specials.__getitem__)
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in in_order]
    )
    return tokenizer


def differing_text(
    tokenizer: Tokenizer, ranks: dict[bytes, int], spec: ImportTokenizerSpec, texts: Sequence[str]
) -> str:
    """The first of the texts that tiktoken encodes to other ids; empty for none."""
    import tiktoken

    pattern = _PATTERNS.get(_pattern(ranks, spec, "")) or spec.regex
    theirs = tiktoken.Encoding("it", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    for text in texts:
        if theirs.encode_ordinary(text) != tokenizer.encode(text, add_special_tokens=False).ids:
            return text
    return ""


def _entry(line: bytes, where: str) -> tuple[bytes, int]:
    encoded, _, number = line.strip().partition(b" ")
    try:
        token = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _damaged(f"{where}: {_shown(encoded)} is not base64") from error
    if not number.isdigit() or int(number[:10]) >= _MAX_RANKS:
        raise _damaged(f"{where}: {_shown(number)} is no rank from 0 to {_MAX_RANKS - 1:,}")
    if not 0 < len(token) <= MAX_PIECE_CHARS:
        raise _damaged(
            f"{where}: its token has {len(token):,} bytes; accepted: 1 to {MAX_PIECE_CHARS:,}"
        )
    return token, int(number)


def _special_tokens(
    ranks: dict[bytes, int], spec: ImportTokenizerSpec, name: str
) -> dict[str, int]:
    """{token: id}, with a reserved token for every id that would be left out otherwise."""
    known = _KNOWN.get(len(ranks))
    entries = [split_entry(entry) for entry in spec.special_tokens]
    if not entries:
        entries = [*known.special_tokens.items()] if known else [(END_OF_TEXT, None)]
    taken, following = set(ranks.values()), max(ranks.values()) + 1
    found: dict[str, int] = {}
    for index, (token, number) in enumerate(entries):
        if number is None:
            number = max([following, *(one + 1 for one in found.values())])
        if number in taken or number >= _MAX_RANKS:
            raise _bad_special(index, f"its id {number:,} is taken or too large", token)
        if token.encode() in ranks:
            raise _bad_special(index, "is an ordinary token of the file", token)
        found[token] = number
        taken.add(number)
    holes = sorted(set(range(max(taken) + 1)) - taken)
    inside = [hole for hole in holes if hole < following]
    if inside:
        raise _damaged(
            f"{name} has no token of the rank {inside[0]:,}"
            + (f" nor of {len(inside) - 1:,} others" if len(inside) > 1 else "")
        )
    return found | {f"<|reserved_{hole}|>": hole for hole in holes}


def _pattern(ranks: dict[bytes, int], spec: ImportTokenizerSpec, name: str) -> RanksPattern:
    """The pattern that is asked for, or that of the known file of this size."""
    if spec.pattern != RanksPattern.AUTO:
        return spec.pattern
    if len(ranks) not in _KNOWN:
        raise _bad_pattern(
            "pattern", f"{name} with its {len(ranks):,} ranks is of no model that is known", "auto"
        )
    return _KNOWN[len(ranks)].pattern


def _cuts(ranks: dict[bytes, int], spec: ImportTokenizerSpec, name: str) -> Any:
    chosen = _pattern(ranks, spec, name)
    if chosen == RanksPattern.GPT2:
        return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    pattern = _PATTERNS.get(chosen) or _own(spec.regex)
    # What a pattern of one's own does not match is left out, as tiktoken leaves it out.
    is_own = chosen == RanksPattern.OWN
    split = pre_tokenizers.Split(Regex(pattern), "removed" if is_own else "isolated", is_own)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([split, byte_level])


def _own(regex: str) -> str:
    """The user's regular expression, when both libraries read it."""
    import tiktoken

    try:
        Regex(regex)
        ranks = {bytes([byte]): byte for byte in range(256)}
        tiktoken.Encoding("own", pat_str=regex, mergeable_ranks=ranks, special_tokens={})
    except Exception as error:  # The libraries raise nothing more exact.
        said = str(error).strip().splitlines()[-1][:200]
        raise _bad_pattern("regex", f"cannot be read: {said}", regex) from error
    return regex


def _bad_pattern(field: str, message: str, got: str) -> SpecError:
    hint = "Choose the pattern of the model that the ranks belong to."
    expected = "gpt2, cl100k, o200k, or own with its regular expression"
    return SpecError([Problem(field, message, got=got[:80], expected=expected, hint=hint)])


def _bad_special(index: int, message: str, token: str) -> SpecError:
    hint = "Give its id as token=id, beyond the ranks of the file."
    return SpecError([Problem(f"special_tokens.{index}", message, got=repr(token), hint=hint)])


def _damaged(message: str) -> DataError:
    return DataError(f"{message}.", advice=_REMEDY)


def _shown(data: bytes) -> str:
    return repr(data[:40].decode("ascii", "replace"))
