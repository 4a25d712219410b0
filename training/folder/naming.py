"""What a result is called where people read of it: by its title, never by the id of its folder."""

from __future__ import annotations

import uuid
from pathlib import Path

from training.folder.artifact import load_manifest

_SHORT = 8


def called(folder: Path) -> str:
    """The title of the artifact in ``folder``; without one the name that its folder was given.

    Folders of jobs are called by an id. Of it the kind of the result and the beginning is told, by
    which two of them can be told apart. DataError where there is no manifest.
    """
    manifest = load_manifest(folder)
    if manifest.title:
        return manifest.title
    name = folder.resolve().parent.name
    try:
        return f"{manifest.kind.replace('_', ' ')} {uuid.UUID(name).hex[:_SHORT]}"
    except ValueError:
        return name
