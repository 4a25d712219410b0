"""What is said of items that stand in training texts, and when that ends the job."""

from __future__ import annotations

from collections.abc import Sequence

from training.benchmarks.benchmark import BenchmarkItem
from training.errors import DataError
from training.evaluation.contaminated import Found
from training.folder.job import Job
from training.specs.evaluate import Contaminated

_LISTED = 5


def tell_left_out(
    job: Job, items: Sequence[BenchmarkItem], chosen: Sequence[BenchmarkItem]
) -> None:
    """A warning that names the sets of which no item is in the split that is scored."""
    kept = {item.set for item in chosen}
    gone = [name for name in dict.fromkeys(item.set for item in items) if name not in kept]
    if not gone:
        return
    more = f" and {len(gone) - _LISTED:,} more" if len(gone) > _LISTED else ""
    job.warn(
        f"No item of {', '.join(gone[:_LISTED])}{more} is scored: the split that is named, or left "
        "for the examples, leaves none. Put them to the model in an evaluation of their own."
    )


def tell_contamination(
    job: Job, found: Found, items: Sequence[BenchmarkItem], policy: Contaminated
) -> None:
    """Warnings of what is known; DataError when items were found and the policy is to refuse."""
    for entry in found.runs:
        if entry["trouble"]:
            job.warn(f"Contamination is not known for {entry['name']}: {entry['trouble']}")
    if found.too_short:
        job.warn(
            f"{len(found.too_short):,} of {len(items):,} items are too short to be looked for in "
            "the training texts."
        )
    if not found.shares:
        return
    share = len(found.shares) / len(items)
    named = {item.index: item for item in items}
    first = ", ".join(f"{named[i].set}/{named[i].name}" for i in sorted(found.shares)[:3])
    told = (
        f"{len(found.shares):,} of {len(items):,} items ({share:.1%}) stand in texts that the "
        f"model was trained on, as {first}"
    )
    if policy == Contaminated.REFUSE:
        raise DataError(
            f"{told}.",
            advice="Train on texts without them (decontaminate), or choose contamination.items: "
            "drop to leave them out, mark to score them anyway and say so beside every figure.",
        )
    what = "are left out" if policy == Contaminated.DROP else "are scored all the same, and marked"
    job.warn(f"{told}. They {what}.")
