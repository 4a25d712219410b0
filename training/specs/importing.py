"""What the verb ``import`` is asked: whose weights to take over."""

from __future__ import annotations

from collections.abc import Iterator

from training.errors import Problem
from training.specs.base import Spec, option


class ImportSpec(Spec):
    """Take over a model: safetensors with config.json and tokenizer, or one GGUF file."""

    verb = "import"
    path_fields = ("path",)

    upload: str = option(
        "",
        title="Upload",
        help="The files of a Hugging Face folder, a zip or tar of them, or a GGUF file.",
        artifact="upload",
    )
    path: str = option(
        "",
        title="Folder or file",
        help="A folder, archive or GGUF file on this machine, relative to this file.",
    )
    file: str = option(
        "",
        title="GGUF file",
        help="Which one, when the upload holds several; empty takes the only one.",
        group="advanced",
    )
    title: str = option(
        "", title="Name", help="Empty takes the name of the upload or file.", max_length=120
    )

    def problems(self) -> Iterator[Problem]:
        """Exactly one source."""
        if bool(self.upload) == bool(self.path):
            yield Problem(
                "upload" if self.path else "path",
                "name an upload or a path" if not self.path else "is named beside a path",
                got="both" if self.path else "nothing",
                expected="one of the two",
                hint="Upload the model's files and choose that upload.",
            )
