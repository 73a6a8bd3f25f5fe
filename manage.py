#!/usr/bin/env python3
"""Django's command line, with the `platform/` source root on the path."""

import os
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)


def main() -> None:
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Gatehouse needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    sys.path.insert(1, str(Path(__file__).resolve().parent / "platform"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Below the version check, because Django itself fails on an older Python with a traceback.
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
