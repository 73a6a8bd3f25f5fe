"""Request ids: the caller's own where it is sane, else a UUIDv7."""

import re

from uuid_utils import uuid7

SANE = re.compile(r"[A-Za-z0-9._-]{8,64}").fullmatch


def accepted_or_new(given: str | None) -> str:
    """`given` if it is 8 to 64 harmless characters, else a fresh UUIDv7 as text."""
    return given if given and SANE(given) else str(uuid7())
