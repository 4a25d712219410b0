"""The report as sections of text, tables, charts and quotes, made from ``report.json`` alone.

HTML, Markdown, the model card and the dashboard's page render the same sections, so that they
cannot differ.
"""

from __future__ import annotations

from training.report import origin, outcome
from training.report.benchmarks import benchmarks
from training.report.kernels import kernels
from training.report.section import Data, Section

_BUILDERS = (
    outcome.result,
    outcome.planned,
    outcome.training,
    outcome.evaluation,
    benchmarks,
    outcome.samples,
    origin.data_section,
    origin.tokenizer,
    origin.model,
    origin.recipe,
    kernels,
    outcome.events,
    outcome.limits,
    origin.reproduce,
)


def sections(data: Data) -> list[Section]:
    """All sections that have something to say."""
    made = [build(data) for build in _BUILDERS]
    return [section for section in made if not section.is_empty]
