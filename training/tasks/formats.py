"""Which reader a file of rows gets, by the ending of its name; archives of such files too."""

from __future__ import annotations

from pathlib import PurePosixPath

ENDINGS = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv",
    ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet", ".zip": "zip", ".tar": "tar",
    ".tgz": "gz", ".gz": "gz", ".tzst": "zst", ".zst": "zst", ".zstd": "zst",
}  # fmt: skip
AUTO = "auto"
UNKNOWN = f"is of no known format of rows; accepted: {', '.join(ENDINGS)}"


def format_of(name: str, wanted: str = AUTO) -> str:
    """The reader of a file by its ending, unless one is asked for; empty when none fits."""
    return ENDINGS.get(PurePosixPath(name).suffix.lower(), "") if wanted == AUTO else wanted
