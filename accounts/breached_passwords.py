"""Passwords that are known to have leaked, in a file of the operator's: nothing is asked of anybody outside.

The file is what the downloader of Have I Been Pwned writes: a line `SHA-1 in upper case:how often`, sorted by digest.
Forty gigabytes are looked up with some forty reads (ASVS 5.0, 6.2.12; NIST SP 800-63B-4 §3.1.1.2).
"""

import os
from hashlib import sha1
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError

logger = structlog.get_logger(__name__)
DIGITS = 40


class NotBreached:
    """Not in the file that GATEHOUSE_BREACHED_PASSWORDS names; without one there is nothing to look into."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError: it leaked, or the file cannot be read, in which case nothing is accepted."""
        if settings.GATEHOUSE_BREACHED_PASSWORDS is None:
            return
        try:
            found = is_listed(settings.GATEHOUSE_BREACHED_PASSWORDS, password)
        except OSError as error:
            logger.error("passwords.breached_unreadable", error=type(error).__name__)
            message = "Whether this password has leaked cannot be checked now. Tell the operator of this installation."
            raise ValidationError(message, code="password_unchecked") from error
        if found:
            message = "This password has leaked somewhere and is in the lists of those who guess. Use something else."
            raise ValidationError(message, code="password_breached")

    def get_help_text(self) -> str:
        """For forms."""
        return "" if settings.GATEHOUSE_BREACHED_PASSWORDS is None else "Not one that is known to have leaked."


def is_listed(path: Path, password: str) -> bool:
    """Whether the file holds it. Raises OSError."""
    digest = sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        return _is_listed(file, digest)


def _is_listed(file: BinaryIO, digest: bytes) -> bool:
    """Bisection by bytes: `low` is always the beginning of a line, and no line before it is the one."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        start = _line_from(file, low, middle)
        line = file.readline()[:DIGITS].upper() if start < high else b""
        if line == digest:
            return True
        if line and line < digest:
            low = file.tell()
        elif middle == low:
            return False
        else:
            high = middle  # of the lines that begin from there on none is the one
    return False


def _line_from(file: BinaryIO, low: int, middle: int) -> int:
    """Go to the first line that begins at `middle` or behind it."""
    if middle == low:
        return file.seek(low)
    file.seek(middle - 1)
    file.readline()
    return file.tell()
