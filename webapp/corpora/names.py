"""Names of files as senders give them: labels for people, never opened, never markup.

What would hide or disguise a name is replaced by a visible sign (`webapp.core.visible`); a name
that points out of its folder is refused.
"""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from training.corpus.extract.formats import ACCEPTED as DOCUMENTS
from training.corpus.extract.formats import ENDINGS, ROWS_ENDING
from training.corpus.extract.source_code import language_of
from training.model_files import MODEL_ENDINGS
from webapp.core.visible import SIGN, visible

#: Endings of files that are taken: documents, rows, and what a model consists of.
ACCEPTED = (*ENDINGS, ROWS_ENDING, *MODEL_ENDINGS)
#: The same for a sentence.
ACCEPTED_TEXT = ", ".join((DOCUMENTS, ROWS_ENDING, *MODEL_ENDINGS))
MAX_NAME_CHARS = 255
MAX_SENT_CHARS = 4_096
_KEPT_AT_END = 80


def clean_name(name: str) -> str:
    """The name as it is stored and shown: at most 255 characters, nothing hidden in it."""
    text = visible(unicodedata.normalize("NFC", name).replace("\\", "/"))
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= MAX_NAME_CHARS:
        return text
    # The ending decides how it is read, so the middle goes.
    head = text[: MAX_NAME_CHARS - _KEPT_AT_END - 1]
    return f"{head}\N{HORIZONTAL ELLIPSIS}{text[-_KEPT_AT_END:]}"


def name_fault(name: str) -> str:
    """Why a clean name cannot be taken, as a sentence; "" when it can."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        message = _("The name %(name)s points out of its folder; rename the file.")
        return message % {"name": name}
    if not path.name.strip(f" .{SIGN}"):
        return _("The file has no name that could be shown; rename it.")
    return ""


def is_accepted(name: str) -> bool:
    """Whether a file of this name may be documents, rows, or a part of a model."""
    return name.lower().endswith(ACCEPTED) or bool(language_of(name, b""))


def common_folder(names: list[str]) -> str:
    """The folder in which all of these lie; "" when there is none."""
    tops = {PurePosixPath(name).parts[0] for name in names if "/" in name}
    return tops.pop() if len(tops) == 1 and all("/" in name for name in names) else ""
