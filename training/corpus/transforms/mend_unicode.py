"""Text that was read with the wrong encoding is put right: ftfy behind a look at every character.

Only suspicious lines (`mojibake`) reach ftfy, one by one, so that prose without any costs little.
What an option does not ask for, ftfy is told to leave.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import ftfy
import numpy as np

from training.corpus.signals.batch import Int64, TextBatch
from training.corpus.transforms import mojibake
from training.corpus.transforms.edits import Edits
from training.corpus.transforms.transform import Batch, Editor, Passes
from training.specs.transform_parts import MendUnicodePart

_ENTITY = re.compile("&#?[0-9A-Za-z]{1,24};")
_LINES_AT_FIRST = 1_024
#: Longer lines are mended in pieces, so that a stop is seen soon.
_PIECE_CHARACTERS = 50_000
_WRONG_ENCODING, _ENTITIES, _OTHER = 0, 1, 2


class MendUnicode:
    """Line by line; a change is told from the first to the last character that differs."""

    reasons = (
        "was read with the wrong encoding",
        "is an HTML entity",
        "is a control character or another form of a character",
    )

    def __init__(self, options: MendUnicodePart, folder: Path) -> None:
        self.options = options

    def prepare(self, passes: Passes) -> None:
        """Nothing: no other document matters."""

    def editor(self, shard: int) -> Editor:
        """The same for all shards."""
        return self.edits

    def edits(self, batch: Batch) -> Edits:
        """Replace what ftfy reads in another way."""
        return Edits.of(self._changes(batch))

    def _changes(self, batch: Batch) -> Iterator[tuple[int, int, int, int, bytes]]:
        config = _config(self.options)
        data, offsets = batch.texts.data, batch.texts.offsets
        for text, start, stop, bits in _suspicious(batch.texts, _wanted(self.options)).tolist():
            batch.check()
            begin = int(offsets[text])
            line = data[begin + start : begin + stop].tobytes().decode()
            if bits == mojibake.ENTITY and ("<" in line or not _ENTITY.search(line)):
                continue
            for piece, mended, reason in _mended(line, config):
                size = len(piece.encode())
                if mended != piece:
                    yield text, *_narrowed(piece, mended, start), reason, _middle(piece, mended)
                start += size


def _mended(line: str, config: ftfy.TextFixerConfig) -> Iterator[tuple[str, str, int]]:
    """(piece, what it should be, place of the reason) of a line from its beginning to its end."""
    for piece in _pieces(line):
        fixed = ftfy.fix_and_explain(piece, config)
        steps = fixed.explanation or []
        parameters = {step.parameter for step in steps}
        actions = {step.action for step in steps} | parameters
        if actions & {"encode", "decode_inconsistent_utf8"}:
            reason = _WRONG_ENCODING
        else:
            reason = _ENTITIES if "unescape_html" in actions else _OTHER
        yield piece, fixed.text.encode("utf-8", "replace").decode(), reason


def _pieces(line: str) -> Iterator[str]:
    """The line, or pieces of it that end behind a space."""
    at = 0
    while at < len(line):
        stop = at + _PIECE_CHARACTERS
        if stop < len(line):
            space = line.rfind(" ", at, stop)
            stop = space + 1 if space > at else stop
        yield line[at:stop]
        at = stop


def _narrowed(piece: str, mended: str, start: int) -> tuple[int, int]:
    """Bytes of the text in which the two differ, where the piece begins at ``start``."""
    first, last = _bounds(piece, mended)
    return start + len(piece[:first].encode()), start + len(piece[: len(piece) - last].encode())


def _middle(piece: str, mended: str) -> bytes:
    first, last = _bounds(piece, mended)
    return mended[first : len(mended) - last].encode()


def _bounds(piece: str, mended: str) -> tuple[int, int]:
    """Characters that two texts share at their beginning, and at their end."""
    first = _num_shared(piece, mended)
    return first, _num_shared(piece[first:][::-1], mended[first:][::-1])


def _num_shared(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    differing = (place for place, (left, right) in enumerate(pairs) if left != right)
    return next(differing, min(len(one), len(other)))


def _suspicious(batch: TextBatch, wanted: int) -> Int64:
    """[lines, 4] as the kernel writes them."""
    from training.corpus.transforms.mojibake_kernels import suspicious_lines

    room = _LINES_AT_FIRST
    tables = mojibake.suspicions(), mojibake.byte_roles()
    while True:
        rows = np.empty((room, 4), dtype=np.int64)
        found = suspicious_lines(batch.data, batch.offsets, *tables, wanted, rows)
        if found <= room:
            return rows[:found]
        room = found


def _wanted(options: MendUnicodePart) -> int:
    bits = mojibake.MOJIBAKE | mojibake.CONTROL | mojibake.BREAK
    for is_wanted, bit in (
        (options.unescapes_entities, mojibake.ENTITY),
        (options.composes, mojibake.ACCENT),
        (options.removes_ligatures, mojibake.LIGATURE),
        (options.fixes_widths, mojibake.WIDTH),
        (options.straightens_quotes, mojibake.QUOTE),
    ):
        bits |= bit if is_wanted else 0
    return bits


@functools.cache
def _config(options: MendUnicodePart) -> ftfy.TextFixerConfig:
    return ftfy.TextFixerConfig(
        unescape_html="auto" if options.unescapes_entities else False,
        fix_latin_ligatures=options.removes_ligatures,
        fix_character_width=options.fixes_widths,
        uncurl_quotes=options.straightens_quotes,
        normalization="NFC" if options.composes else None,
    )
