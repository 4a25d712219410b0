"""The special tokens that an objective needs, by their role, and what is said when one is missing.

Reads ``tokenizer.json`` and ``tokenizer_config.json`` as data, with no torch and no tokenizers, so
that a page can say what a run would be refused for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import Problem, SpecError
from training.folder.atomic import read_json


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
        tokenizer, config = (
            _data(folder / "tokenizer.json"),
            _data(folder / "tokenizer_config.json"),
        )
        #: {role of transformers: text} of the tokens that have one.
        self.named = {role: text for role in _ROLES if (text := _text(config.get(role)))}
        listed = tokenizer.get("added_tokens")
        added = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        #: {text: id} of every special token.
        self.ids = {
            str(one["content"]): int(one["id"])
            for one in added
            if one.get("special") and isinstance(one.get("id"), int) and "content" in one
        }

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
#: What each objective looks for.
NEEDED_BY: dict[str, tuple[Needed, ...]] = {
    "masked": (MASK,),
    "replaced": (MASK,),
    "blank": (MASK, LONG_MASK, START, END),
}


def missing_tokens(folder: Path, objective: str, *, has_pairs: bool = False) -> list[Problem]:
    """What the tokenizer in ``folder`` lacks for an objective; nothing where it cannot be read."""
    needed = NEEDED_BY.get(objective, ())
    if objective == "masked" and has_pairs:
        needed = (*needed, CLASSIFICATION, SEPARATOR)
    special = SpecialIds(folder)
    return [special.problem(one) for one in needed if special.find(one) is None]


def _data(path: Path) -> dict[str, Any]:
    found = read_json(path)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    """A token's text; older folders write a token with its properties."""
    text = value.get("content") if isinstance(value, dict) else value
    return text if isinstance(text, str) else ""
