"""What the verb ``decontaminate`` is asked: which evaluation sets, in which documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from training.errors import Problem
from training.planning.machine import num_cores
from training.specs.base import Spec, option
from training.specs.common_options import (
    archives_option,
    cpu_limit_option,
    memory_limit_option,
    workers_option,
)
from training.specs.extract_formats import UnpackingLimits
from training.specs.input_files import repeated_paths, with_moved_files
from training.specs.tasks import RowFile


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
    unpacking: UnpackingLimits = archives_option()
    memory_limit_bytes: int = memory_limit_option()
    cpu_limit_seconds: float = cpu_limit_option()
    num_workers: int = workers_option()

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
        yield from repeated_paths([item.path for item in self.inputs])
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
        return with_moved_files(super().with_moved_inputs(data, move), move)

    def resolve(self) -> DecontaminateSpec:
        """Set the number of workers."""
        return self.replace(num_workers=self.num_workers or num_cores())
