"""The special tokens that an objective needs, by their role, and what is said when one is missing.

Reads ``tokenizer.json`` and ``tokenizer_config.json``; no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tokenizers

from training.errors import Problem, SpecError
from training.tokenizers.load import load_tokenizer, named_tokens


@dataclass(frozen=True)
class Needed:
    """One special token. ``token`` is its text where it was chosen, else ``usual`` are tried.

    ``role`` is transformers' name of its role ("mask_token"), empty where it has none; ``field``
    the option that a problem points to.
    """

    name: str
    field: str
    role: str = ""
    usual: tuple[str, ...] = ()
    token: str = ""


class SpecialIds:
    """The special tokens of one tokenizer."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = load_tokenizer(folder)
        self.named = named_tokens(folder)
        added = self.tokenizer.get_added_tokens_decoder()
        #: {text: id} of every special token.
        self.ids = {token.content: number for number, token in added.items() if token.special}
        for text in self.named.values():
            number = self.tokenizer.token_to_id(text)
            if number is not None:
                self.ids.setdefault(text, number)

    def find(self, needed: Needed) -> int | None:
        """The id of a token that is needed; None when the tokenizer has none."""
        tried = (needed.token,) if needed.token else (self.named.get(needed.role), *needed.usual)
        return next((self.ids[text] for text in tried if text and text in self.ids), None)

    def require(self, *needed: Needed) -> list[int]:
        """The ids of all of them; SpecError that names each one that is missing."""
        found = [self.find(one) for one in needed]
        pairs = zip(needed, found, strict=True)
        missing = [self.problem(one) for one, number in pairs if number is None]
        if missing:
            raise SpecError(missing)
        return [number for number in found if number is not None]

    def problem(self, needed: Needed) -> Problem:
        """That the tokenizer lacks it, and what to do."""
        wanted = needed.token or needed.usual[0]
        role = _ROLES.get(needed.role)
        how = (
            f"set special.{role} to {wanted} in the tokenizer job"
            if role and not needed.token
            else f"add {wanted} to extra_special_tokens of the tokenizer job"
        )
        known = ", ".join(sorted(self.ids)[:_LISTED]) or "none"
        return Problem(
            needed.field,
            f"the tokenizer has no {needed.name}",
            got=f"special tokens {known}",
            expected=wanted,
            hint=f"Train a tokenizer that has one ({how}) or extend this one by it, and tokenize "
            "again.",
        )


_LISTED = 8
_ROLES = {"mask_token": "mask", "cls_token": "classification", "sep_token": "separator"}
MASK = Needed("mask token", "objective", "mask_token", ("[MASK]", "<mask>", "<|mask|>"))
CLASSIFICATION = Needed(
    "classification token, which begins a pair", "masked.has_pairs", "cls_token", ("[CLS]", "<s>")
)
SEPARATOR = Needed(
    "separator, which ends both parts of a pair", "masked.has_pairs", "sep_token", ("[SEP]", "</s>")
)

LONG_MASK = Needed("mask of a long blank", "objective", usual=("[gMASK]",))
START = Needed("start of a blank", "objective", usual=("<sop>", "<|startofpiece|>"))
END = Needed("end of a blank", "objective", usual=("<eop>", "<|endofpiece|>"))


def ordinary_ids(tokenizer: tokenizers.Tokenizer, special: SpecialIds) -> list[int]:
    """Every id that is no special token, ascending."""
    taken = set(special.ids.values())
    return [number for number in sorted(tokenizer.get_vocab().values()) if number not in taken]
