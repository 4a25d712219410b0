"""A filter that names what an artifact is."""

from __future__ import annotations

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

_NAMES: dict[str, Promise] = {
    "upload": _("upload"),
    "documents": _("documents"),
    "corpus": _("corpus"),
    "tokenizer": _("tokenizer"),
    "tokens": _("tokens"),
    "model": _("model"),
    "tokenizer_comparison": _("comparison of tokenizers"),
    "losses": _("losses of documents"),
}


@register.filter
def kind(name: str) -> str:
    """The kind of an artifact in words; one without a name of its own loses its underscores."""
    return str(_NAMES.get(name, name.replace("_", " ")))
