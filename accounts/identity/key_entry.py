"""What is remembered of each API key: as little as can be, because there may be a hundred thousand in every process."""

import sys
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.crypto.api_key_text import PREFIX
from accounts.principal import Network, Principal

# Equal lists are read once: as text they are compared without being parsed.
AS_TEXT = {f"{name}_text": Cast(name, TextField()) for name in ("scopes", "models_allowed", "allowed_ips")}
COLUMNS = (
    "public_id", "pk", "organisation_id", "team_id", "name", "scopes_text", "models_allowed_text", "allowed_ips_text",
    "digest", "pepper", "expires_at", "created_by_id", "previous_digest", "previous_pepper", "previous_until",
)  # fmt: skip
Secret = tuple[str, bytes]


@dataclass(slots=True, eq=False)
class KeyEntry:
    """A key that was not revoked.

    Attributes:
        key_id: the 16 bytes of its id.
        maker: the subject of the person who made it; None where no person did.
        expires: Unix seconds.
        previous: the secret before a rotation, and until when it works.
    """

    public_id: str
    key_id: bytes
    organisation_id: str
    team_id: str | None
    name: str
    scopes: frozenset[str]
    models: frozenset[str] | None
    allowed_ips: tuple[Network, ...]
    digest: bytes = field(repr=False)
    pepper: str
    expires: float
    maker: str | None
    previous: tuple[Secret, float] | None = field(default=None, repr=False)

    def secrets(self, now: float) -> tuple[Secret, ...]:
        """Pepper and digest of the secrets that work at `now`: one, or two while it is being exchanged."""
        current = (self.pepper, self.digest)
        if self.previous is None or now >= self.previous[1]:
            return (current,)
        return (current, self.previous[0])

    def principal(self, scopes: frozenset[str]) -> Principal:
        """Whom the key stands for, with `scopes`."""
        key_id = str(UUID(bytes=self.key_id))
        return Principal(
            kind="api_key",
            subject=f"key:{key_id}",
            client_id=key_id,
            organisation_id=self.organisation_id,
            team_id=self.team_id,
            name=self.name,
            scopes=scopes,
            credential="api_key",
            models=self.models,
            key_id=key_id,
            key_prefix=f"{PREFIX}{self.public_id}",
            expires_at=int(self.expires),
            allowed_ips=self.allowed_ips,
        )


class EntryMaker:
    """Makes entries of rows; what many keys have in common is kept once."""

    def __init__(self) -> None:
        self._scopes: dict[str, frozenset[str]] = {}
        self._models: dict[str, frozenset[str] | None] = {}
        self._networks: dict[str, tuple[Network, ...]] = {}
        self._subjects: dict[UUID | None, str | None] = {None: None}
        self._ids: dict[UUID | None, str | None] = {None: None}

    def of(self, row: tuple[Any, ...]) -> KeyEntry:
        """The entry of a row of COLUMNS."""
        public_id, pk, organisation, team, name, scopes, models, ips, digest, pepper, expires, maker, *before = row
        return KeyEntry(
            public_id,
            pk.bytes,
            _once(self._ids, organisation, str),
            _once(self._ids, team, str),
            name,
            _once(self._scopes, scopes, _names),
            _once(self._models, models, _some_names),
            _once(self._networks, ips, _networks),
            bytes(digest),
            sys.intern(pepper),
            expires.timestamp(),
            _once(self._subjects, maker, _subject),
            _previous(*before),
        )


def _once(known: dict[Any, Any], key: Any, make: Any) -> Any:
    if key not in known:
        known[key] = make(key)
    return known[key]


def _subject(maker: UUID) -> str:
    return f"usr:{maker}"


def _names(text: str) -> frozenset[str]:
    return frozenset(orjson.loads(text))


def _some_names(text: str) -> frozenset[str] | None:
    return _names(text) or None


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(entry) for entry in orjson.loads(text))


def _previous(digest: bytes | None, pepper: str, until: datetime | None) -> tuple[Secret, float] | None:
    if digest is None or until is None:
        return None
    return (sys.intern(pepper), bytes(digest)), until.timestamp()
