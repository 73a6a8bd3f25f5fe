"""What the audit app needs of the house to reach beyond it: guarded connections and sealed secrets.

The app knows nobody above it, so settings.AUDIT_OUTSIDE names who provides this (as AUTH_USER_MODEL names the people).
"""

import socket
from collections.abc import Mapping, Sequence
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

    def keyed(self, purpose: str) -> Mapping[str, bytes]:
        """Keys of 32 bytes for one purpose and no other, by the id of the key they come from; the current first."""
        ...

    def announce(self, kind: str) -> None:
        """Tell every process, within the transaction of a change, that it has to look."""
        ...

    def choices(self, kind: str, organisation_id: str) -> Sequence[tuple[str, str]]:
        """Ids and names of an organisation's `team`s, of all organisations (`organisation`), to choose from."""
        ...


@lru_cache(maxsize=1)
def outside() -> Outside:
    """The one that settings name."""
    return cast(Outside, import_string(settings.AUDIT_OUTSIDE)())
