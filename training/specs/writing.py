"""Writes plain data as the YAML that ``training.specs.reading`` reads back to equal data."""

from __future__ import annotations

from typing import Any

import yaml

#: NEL: PyYAML takes it for a line break and folds it to a blank unless it is escaped.
_NEXT_LINE = "\x85"


def write_yaml(data: object, *, width: int = 80) -> str:
    """YAML text in the order of ``data``, lines of about ``width`` characters."""
    text: str = yaml.dump(
        data, Dumper=_SpecDumper, sort_keys=False, allow_unicode=True, width=width
    )
    return text


class _SpecDumper(yaml.SafeDumper):
    """PyYAML's safe dumper without what a spec may not hold."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that stands in two places twice: ``*name`` is not read."""
        return True

    def represent_text(self, data: str) -> yaml.ScalarNode:
        """Quote what would come back changed."""
        style = '"' if _NEXT_LINE in data else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_SpecDumper.add_representer(str, _SpecDumper.represent_text)
