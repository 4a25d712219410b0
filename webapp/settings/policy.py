"""The content security policy.

Nothing is allowed but what a page of ours needs. Plotly (from its wheel, through staticfiles) is
the only foreign script that draws; `static/css/plotly.css` carries the rules it would inject.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from csp.constants import NONE, SELF

# Measured with plotly.js 4.1.1 in Chromium: every style attribute that it writes through
# setAttribute for lines, bars, boxes, heat maps, colour bars and its pseudo-HTML labels. Only
# attributes with exactly these texts are allowed; a chart that needs another fails the browser
# test.
PLOTLY_STYLE_ATTRIBUTES = [
    "",
    "font-weight:bold",
    "font-style:italic",
    "font-size:70%",
    "cursor:pointer",
    (
        "image-rendering: optimizeSpeed; image-rendering: -moz-crisp-edges; "
        "image-rendering: -o-crisp-edges; image-rendering: -webkit-optimize-contrast; "
        "image-rendering: optimize-contrast; image-rendering: crisp-edges; "
        "image-rendering: pixelated; "
    ),
]


def _hash_source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": [
            "'unsafe-hashes'",
            *(_hash_source(text) for text in PLOTLY_STYLE_ATTRIBUTES),
        ],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        # A page's own host covers its websockets too (CSP level 3).
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
