#!/usr/bin/env python
"""Django's command line for Trainyard; production settings unless the environment says other."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line


def _name_home(arguments: list[str]) -> None:
    """Settings are read before a command sees its options, and they need the home folder."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--home")
    home = parser.parse_known_args(arguments)[0].home
    if home:
        os.environ["TRAINYARD_HOME"] = str(Path(home).expanduser().resolve())


if __name__ == "__main__":
    _name_home(sys.argv[1:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings.production")
    execute_from_command_line(sys.argv)
