"""How a run computed its steps, as a section of its report."""

from __future__ import annotations

from training.report.section import Data, Section
from training.report.tables import Table


def kernels(data: Data) -> Section:
    """What was chosen and why; of attention also why nothing else was."""
    parts = data.get("kernels") or []
    rows = [(part["part"], part["chosen"], part["why"]) for part in parts]
    against = [pair for part in parts for pair in part["against"].items()]
    tables = [Table("How steps were computed", ("", "chosen", "how and why"), rows, ())]
    tables += [Table("Other ways of attention", ("", "why not"), against, ())] if against else []
    return Section("Kernels", [], tables if parts else [])
