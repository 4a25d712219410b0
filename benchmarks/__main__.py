"""``make bench``: every benchmark that fits a few minutes, as one table."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import builder, corpus, live, model_step, pages, second_start, series, step_overhead
from benchmarks.table import Row, print_table


def rows() -> Iterator[Row]:
    """One after another: they share two cores."""
    for module in (series, live, second_start, corpus, model_step, step_overhead, builder, pages):
        yield from module.rows()


if __name__ == "__main__":
    print_table(rows())
