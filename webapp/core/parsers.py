"""The API's JSON: as strict as what the corpus engine reads, so that a body means one thing.

NaN, keys given twice, endless nesting, numbers that overflow and half characters are refused with
the reason (400); DRF's own parser lets some of them through, and fails on others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from training.corpus.extract.jsonl import parse_strict


class StrictJSONParser(JSONParser):
    """JSON in UTF-8 (RFC 8259), whatever charset is announced."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Plain data; ParseError with the reason."""
        try:
            return parse_strict(stream.read().decode("utf-8"))
        except UnicodeDecodeError as error:
            message = _("The request is not UTF-8 text (byte %(place)s).")
            raise ParseError(message % {"place": error.start + 1}) from error
        except ValueError as error:
            raise ParseError(_("The request is not JSON: %(why)s.") % {"why": error}) from error
