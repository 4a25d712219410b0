"""What a server has loaded once stays as it is: the garbage collector need not look at it.

A full collection walks every container object there is. Of a web process hundreds of thousands
belong to code, models, routes and templates; walking them takes some 80 ms, in which every page
waits. Frozen (PEP 556 calls it the permanent generation), a full collection walks what requests
have left, which is little.
"""

from __future__ import annotations

import gc

from django.urls import get_resolver


def settle_heap() -> None:
    """Load the routes, which Django does at the first request, and freeze all that is there."""
    for part in get_resolver().url_patterns:
        getattr(part, "url_patterns", None)
    gc.collect()
    gc.freeze()
