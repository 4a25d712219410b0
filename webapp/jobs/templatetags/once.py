"""A form that starts something starts it once, however often its button is pressed."""

from __future__ import annotations

import uuid

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def once_key() -> SafeString:
    """The field by which two presses of the same button, drawn once, are known to be one wish."""
    return format_html('<input type="hidden" name="key" value="{}">', uuid.uuid4().hex)
