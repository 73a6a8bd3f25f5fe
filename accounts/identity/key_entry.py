"""What is remembered of each API key: as little as can be, because there may be a hundred thousand in every process."""

import sys
from collections.abc import Callable
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

# As text nothing is parsed that many keys have in common, and no column needs a converter of Django's.
TEXTS = (
    "pk", "organisation_id", "team_id", "scopes", "models_allowed", "allowed_ips", "expires_at", "created_by_id",
    "previous_until",
)  # fmt: skip
AS_TEXT = {f"{name}_text": Cast(name, TextField()) for name in TEXTS}
COLUMNS = (
    "public_id", "pk_text", "organisation_id_text", "team_id_text", "name", "scopes_text", "models_allowed_text",
    "allowed_ips_text", "digest", "pepper", "expires_at_text", "created_by_id_text", "previous_digest",
    "previous_pepper", "previous_until_text",
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


class Once(dict[Any, Any]):
    """What many keys have in common, made of its text at the first of them."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__({None: None})
        self._make = make

    def __missing__(self, text: str) -> Any:
        self[text] = made = self._make(text)
        return made


class EntryMaker:
    """Makes entries of rows."""

    def __init__(self) -> None:
        self._scopes, self._models, self._networks = Once(_names), Once(_some_names), Once(_networks)
        self._subjects, self._ids = Once(_subject), Once(_id)

    def of(self, row: tuple[Any, ...]) -> KeyEntry:
        """The entry of a row of COLUMNS."""
        public_id, pk, organisation, team, name, scopes, models, ips, digest, pepper, expires, maker, *before = row
        return KeyEntry(
            public_id,
            bytes.fromhex(pk.replace("-", "")),
            self._ids[organisation],
            self._ids[team],
            name,
            self._scopes[scopes],
            self._models[models],
            self._networks[ips],
            bytes(digest),
            sys.intern(pepper),
            _moment(expires),
            self._subjects[maker],
            _previous(*before) if before[0] is not None else None,
        )


def _moment(text: str) -> float:
    """Unix seconds of a column's text, which is UTC and says so in some databases only."""
    return datetime.fromisoformat(text if "+" in text else f"{text}+00:00").timestamp()


def _id(text: str) -> str:
    return str(UUID(text))


def _subject(maker: str) -> str:
    return f"usr:{UUID(maker)}"


def _names(text: str) -> frozenset[str]:
    return frozenset(orjson.loads(text))


def _some_names(text: str) -> frozenset[str] | None:
    return _names(text) or None


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(entry) for entry in orjson.loads(text))


def _previous(digest: bytes | None, pepper: str, until: str | None) -> tuple[Secret, float] | None:
    if digest is None or until is None:
        return None
    return (sys.intern(pepper), bytes(digest)), _moment(until)
