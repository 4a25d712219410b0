"""All files of the corpus, and the requests that stand beside them: 102 inputs, one seed.

Run: python -m tests.hostile.generate FOLDER   (writes the 89 files, about 100 MB)
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.hostile.books import BOOKS
from tests.hostile.case import Case
from tests.hostile.pages import HTML, PDF
from tests.hostile.parquets import PARQUET
from tests.hostile.plain import BYTES, TEXTS
from tests.hostile.requests import REQUESTS
from tests.hostile.rows import CSV, JSONL

FILES: list[Case] = [*BYTES, *TEXTS, *JSONL, *CSV, *PARQUET, *HTML, *PDF, *BOOKS]
NUM_INPUTS = len(FILES) + len(REQUESTS)


def write_files(folder: Path) -> None:
    """Every file of the corpus into a folder."""
    for case in FILES:
        (folder / case.name).write_bytes(case.data())


if __name__ == "__main__":
    write_files(Path(sys.argv[1]))
