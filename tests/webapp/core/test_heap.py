"""A web process that has loaded everything has a full garbage collection that is short."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import gc, json, sys
import webapp.asgi
from webapp.core.heap import settle_heap
before = len(gc.get_objects())
settle_heap()
views = "webapp.runs.views" in sys.modules
print(json.dumps([before, gc.get_freeze_count(), len(gc.get_objects()), views]))
"""


def test_what_was_loaded_is_walked_no_more() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    before, frozen, walked, has_views = json.loads(done.stdout.splitlines()[-1])
    assert has_views
    assert frozen >= before
    assert walked < before / 20
