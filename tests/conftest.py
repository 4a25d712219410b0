"""What every test shares: one thread, the data folder, and what was skipped said plainly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before anything imports numpy or torch; child processes inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data that is never committed; tests that need it skip where the folder is absent."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data folder is not beside the repository")
    return folder


#: Minutes each: begun last, they would keep one process busy when the others have nothing to do.
_LONG = ("tests/browser/test_whole_way.py", "tests/browser/test_journey.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: playwright keeps an event loop running in the main thread after them.

    Of these the long ones first.
    """
    items.sort(
        key=lambda item: ("tests/browser/" in item.nodeid, not item.nodeid.startswith(_LONG))
    )
