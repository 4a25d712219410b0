"""What the verb ``decontaminate`` is asked: which evaluation sets, in which documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from training.errors import Problem
from training.planning.machine import num_cores
from training.specs.base import Spec, option
from training.specs.extract_formats import UnpackingLimits
from training.specs.tasks import RowFile, with_moved_path


class DecontaminateSpec(Spec):
    """Which documents hold questions or answers that a model will be measured by.

    Nothing is dropped: the rule "Contamination" of a clean job goes by what is found here.
    """

    verb = "decontaminate"

    documents: str = option(
        title="Documents",
        help="Folder of documents that are looked through.",
        artifact="documents",
        min_length=1,
    )
    upload: str = option(
        "",
        title="Evaluation sets",
        help="Uploaded files (.jsonl, .json, .csv, .tsv, .parquet, also packed); each file is a "
        "set, each row an item.",
        artifact="upload",
    )
    inputs: list[RowFile] = option(
        factory=list, title="Files", help="Files of evaluation sets on this machine."
    )
    columns: list[str] = option(
        factory=list,
        title="Columns",
        help="Columns whose texts make an item, joined in this order; none takes those that are "
        "called as questions, choices and answers mostly are.",
        max_length=100,
    )
    id_column: str = option(
        "",
        title="Column of the id",
        help="What an item is called; empty takes task_id, id, question_id and the like, else the "
        "line.",
        max_length=200,
        group="advanced",
    )
    ngram_words: int = option(
        13, title="Words of a run", ge=5, le=50, unit="words", recommended=(8, 20),
        help="An item of at least so many words is found by any run of so many that a document "
        "shares with it, without case, accents, signs and white space.",
    )  # fmt: skip
    least_words: int = option(
        8, title="Least words of an item", ge=3, le=50, unit="words", recommended=(5, 13),
        help="Items of fewer words than a run are looked for whole, down to this length; shorter "
        "ones stand in too many texts to mean anything, and are left out.",
    )  # fmt: skip
    max_items: int = option(
        200, title="Items that share a run", ge=1, le=1_000, unit="items", group="advanced",
        help="A run of words in more items of one set than this is how the set words its "
        "questions, and is not looked for.",
    )  # fmt: skip
    unpacking: UnpackingLimits = option(
        factory=UnpackingLimits, title="Archives", help="Limits against zip bombs."
    )
    memory_limit_bytes: int = option(
        1 << 30,
        title="Memory per file",
        help="A parser that needs more is ended and its file refused.",
        unit="bytes",
        ge=1 << 27,
        group="advanced",
    )
    cpu_limit_seconds: float = option(
        0,
        title="Processor time per file",
        help="0 allows 60 s and 2 s more per megabyte; wall time may be four times that.",
        unit="s",
        ge=0,
        group="advanced",
    )
    num_workers: int = option(
        0,
        title="Workers",
        help="Shards read at the same time; 0 takes the cores.",
        ge=0,
        le=256,
        group="advanced",
    )

    def problems(self) -> Iterator[Problem]:
        """Something to look for, each file once, and short items shorter than a run."""
        if not self.inputs and not self.upload:
            yield Problem(
                "upload",
                "there is no evaluation set to look for",
                got="no upload and no files",
                expected="at least one of them",
                hint="Upload the sets as .jsonl, .csv or .parquet and choose the upload.",
            )
        paths = [item.path for item in self.inputs]
        for index, path in enumerate(paths):
            if path in paths[:index]:
                yield Problem(
                    f"inputs.{index}.path", "is named twice", got=path, hint="Remove one."
                )
        if self.least_words > self.ngram_words:
            yield Problem(
                "least_words",
                "is more than a run has words",
                got=str(self.least_words),
                expected=f"at most {self.ngram_words}",
                hint="Longer items are looked for by their runs.",
                fix=(("least_words", self.ngram_words),),
            )

    @classmethod
    def with_moved_inputs(cls, data: dict[str, Any], move: Callable[[str], str]) -> dict[str, Any]:
        """Also the paths of ``inputs``."""
        moved = super().with_moved_inputs(data, move)
        files = moved.get("inputs")
        if isinstance(files, list):
            moved["inputs"] = [with_moved_path(item, move) for item in files]
        return moved

    def resolve(self) -> DecontaminateSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or num_cores())
