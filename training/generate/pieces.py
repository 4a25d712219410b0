"""Text of token ids as they come: each piece once, and no half of a character.

A piece of text is given when the tokens that make it are whole: a byte-level token may end inside a
character, and a SentencePiece decoder treats the first token in its own way. So a few tokens
that were told already are decoded again with the new ones, and only what is added is told.
"""

from __future__ import annotations

from collections.abc import Callable

#: What a decoder writes for bytes that are no character (yet).
_BROKEN = "\ufffd"

Decode = Callable[[list[int]], str]


class TextPieces:
    """Feeds token ids to ``decode`` and gives the text that each one adds."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._ids: list[int] = []
        #: Tokens before ``_told`` have been given as text; from ``_context`` on they are decoded.
        self._context = 0
        self._told = 0

    def push(self, token: int) -> str:
        """The text that is whole with this token; empty while a character is not."""
        self._ids.append(token)
        text = self._new_text()
        if not text or text.endswith(_BROKEN):
            return ""
        self._context, self._told = self._told, len(self._ids)
        return text

    def rest(self) -> str:
        """What is left at the end, broken or not."""
        text = self._new_text()
        self._context = self._told = len(self._ids)
        return text

    def _new_text(self) -> str:
        before = self._decode(self._ids[self._context : self._told])
        return self._decode(self._ids[self._context :])[len(before) :]
