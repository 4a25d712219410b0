"""Which pieces are added to a tokenizer: those of another one, chosen terms, mined words.

BPE reaches a term by joining two pieces at a time, so a term of n old pieces brings n - 2 pieces
with it that lie on the way (its beginnings), and characters that the tokenizer could not write.
Unigram and WordPiece take a term as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from training.errors import DataError
from training.vocabulary.enlarge import lowest_score
from training.vocabulary.spelling import ALPHABETS, Speller, is_byte_piece, text_of

#: Kinds of models whose pieces a kind of model can take.
_TAKES = {
    "BPE": ("BPE", "Unigram"),
    "Unigram": ("Unigram",),
    "WordPiece": ("WordPiece",),
}


@dataclass(frozen=True)
class Refusal:
    """A term that is not added, and why."""

    term: str
    reason: str


@dataclass(frozen=True)
class Term:
    """A term that becomes one piece, and how many it is of so far."""

    term: str
    piece: str
    num_before: int


@dataclass
class Additions:
    """New pieces in the order of their ids, and where they come from."""

    speller: Speller
    pieces: dict[str, float] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    #: Pieces of the other tokenizer, and pieces on the way to a term.
    num_merged: int = 0
    num_on_the_way: int = 0

    def take_over(self, other: Speller) -> None:
        """All pieces of text of another tokenizer; DataError when they are of another kind."""
        require_alike(self.speller, other)
        scores = _scores(other)
        new = [piece for piece in other.texts() if piece not in self.speller.vocabulary]
        # Unigram's list is in no order that means anything to BPE; its likely pieces come first.
        if other.form.model == "Unigram" and self.speller.form.model == "BPE":
            new.sort(key=lambda piece: -scores[piece])
        for piece in new:
            self._add(piece, scores.get(piece, 0.0))
        self.num_merged = len(self.pieces)

    def add_term(self, term: str) -> None:
        """Make a term one piece, or write down why that cannot be."""
        cells = self.speller.cells(term)
        if reason := self._reason_against(cells):
            self.refusals.append(Refusal(term, reason))
            return
        (cell,) = cells
        parts = self._parts(cell)
        num_before = len(self.speller.cut(cell))
        if self.speller.form.model == "BPE":
            for piece in [*parts, *_beginnings(parts)]:
                if not self._is_known(piece):
                    self._add(piece, 0.0)
                    self.num_on_the_way += 1
        self._add(cell, self._score(parts))
        self.terms.append(Term(term, cell, num_before))

    def _reason_against(self, cells: list[str]) -> str:
        if len(cells) > 1:
            form = self.speller.form
            shown = ", ".join(repr(text_of(cell, form).strip()) for cell in cells[:4])
            return f"the tokenizer cuts it into {shown} before pieces are made"
        if not cells:
            return "nothing is left of it once the tokenizer has normalised it"
        if cells[0] in self.pieces:
            return "it is among the new pieces already"
        known = self.speller.vocabulary.get(cells[0])
        if known is not None and self.speller.cut(cells[0]) == [known]:
            return f"it is a piece already, with the id {known}"
        return "" if known is None else f"it is a piece already (id {known}), which nothing joins"

    def _parts(self, cell: str) -> list[str]:
        """The pieces that a cell is of; characters that have none stand for themselves."""
        if self.speller.form.model != "BPE":
            return self.speller.pieces(cell)
        parts: list[str] = []
        known = ""
        for character in [*cell, ""]:
            if character and self._is_known(character):
                known += character
                continue
            parts += self.speller.pieces(known) if known else []
            known = ""
            parts += [character] if character else []
        return parts

    def _score(self, parts: list[str]) -> float:
        """Above what the term has in pieces, so that it is taken as one."""
        if self.speller.form.model != "Unigram":
            return 0.0
        scores = _scores(self.speller)
        lowest = lowest_score(self.speller.data)
        return max(lowest, sum(scores.get(part, lowest) for part in parts) + 1)

    def _is_known(self, piece: str) -> bool:
        return piece in self.speller.vocabulary or piece in self.pieces

    def _add(self, piece: str, score: float) -> None:
        self.pieces[piece] = score


def require_alike(ours: Speller, other: Speller) -> None:
    """DataError when the pieces of one tokenizer mean nothing to the other."""
    if ours.form.alphabet != other.form.alphabet or ours.form.inside != other.form.inside:
        raise DataError(
            "The two tokenizers cannot be merged: the first is written in one alphabet "
            f"({ALPHABETS[ours.form.alphabet]}), the other in another one "
            f"({ALPHABETS[other.form.alphabet]}), so that the same piece stands for other text.",
            advice="Merge tokenizers of one kind, or add the words that you need as terms.",
        )
    takes = _TAKES.get(ours.form.model, ())
    if other.form.model not in takes:
        accepted = " or ".join(takes) or "none: nothing can be added to this kind"
        raise DataError(
            f"The two tokenizers cannot be merged: pieces of {other.form.model} cannot be added "
            f"to {ours.form.model}; accepted: {accepted}.",
            advice="Merge them the other way round, or add the words that you need as terms.",
        )


def _scores(speller: Speller) -> dict[str, float]:
    """Log probabilities of Unigram's pieces; empty for other kinds."""
    vocabulary = speller.data["model"]["vocab"]
    if not isinstance(vocabulary, list):
        return {}
    return {piece: float(score) for piece, score in vocabulary if math.isfinite(float(score))}


def _beginnings(parts: list[str]) -> Iterator[str]:
    """What stands on the way from the first part to the whole."""
    whole = parts[0]
    for part in parts[1:-1]:
        whole += part
        yield whole


def num_reachable(speller: Speller, pieces: Iterable[str]) -> int:
    """How many of these pieces the tokenizer makes of their own text."""
    vocabulary = speller.vocabulary
    return sum(
        not is_byte_piece(piece) and speller.cut(piece) == [vocabulary[piece]] for piece in pieces
    )
