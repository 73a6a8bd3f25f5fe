"""What the audit app needs of the house to reach beyond it: guarded connections and sealed secrets.

The app knows nobody above it, so settings.AUDIT_OUTSIDE names who provides this (as AUTH_USER_MODEL names the people).
"""

import socket
from functools import lru_cache
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string
from requests import Session


class Outside(Protocol):
    """The seam."""

    def session(self) -> Session:
        """A guarded session, to be used as a context manager."""
        ...

    def connected(self, host: str, port: int, scheme: str, *, datagrams: bool = False) -> socket.socket:
        """A socket to an address that this deployment may call. Raises OSError, ValueError."""
        ...

    def seal(self, text: str, aad: str) -> str:
        """A secret, bound to where it is kept."""
        ...

    def unseal(self, sealed: str, aad: str) -> str:
        """The secret. Raises ValueError."""
        ...


@lru_cache(maxsize=1)
def outside() -> Outside:
    """The one that settings name."""
    return cast(Outside, import_string(settings.AUDIT_OUTSIDE)())
