"""The keys of content: one for each person (or program), organisation and month, wrapped by the installation's key."""

import hmac
import os
from base64 import b64decode, b64encode
from hashlib import sha256
from uuid import UUID

from django.conf import settings

from audit.content import shredded
from audit.models import SubjectKey
from audit.outside import outside

KEY_BYTES = 32


class KeyGone(ValueError):
    """The key was destroyed: what it opened cannot be read by anybody any more."""


class DataKeys:
    """Finds keys, and makes those that are missing. Used inside a transaction that holds the tree's row locked."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._known: dict[tuple[str, str, str], tuple[SubjectKey, bytes]] = {}

    def of(self, organisation_id: str, month: str, subject_ref: str) -> tuple[SubjectKey, bytes]:
        """The key for new content of that person in that month."""
        name = (organisation_id, month, subject_ref)
        if name not in self._known:
            rows = SubjectKey.objects.using(self._alias).alive()
            alive = rows.filter(organisation_id=organisation_id, month=month, subject_ref=subject_ref)
            row = next((row for row in alive if row.pk not in shredded.listed()), None)
            self._known[name] = (row, unwrapped(row)) if row is not None else self._made(*name)
        return self._known[name]

    def _made(self, organisation_id: str, month: str, subject_ref: str) -> tuple[SubjectKey, bytes]:
        key = os.urandom(KEY_BYTES)
        row = SubjectKey(organisation_id=organisation_id, month=month, subject_ref=subject_ref)
        row.wrapped_key = outside().seal(b64encode(key).decode(), _aad(row.pk))
        row.save(using=self._alias, force_insert=True)
        return row, key


def unwrapped(row: SubjectKey) -> bytes:
    """The key. Raises KeyGone, ValueError: it cannot be opened."""
    if row.shredded_at is not None or row.pk in shredded.listed():
        raise KeyGone(row.shred_reason or "destroyed")
    return b64decode(outside().unseal(row.wrapped_key, _aad(row.pk)))


def blob_key(key: bytes, address: str) -> bytes:
    """The key of one body: it can be handed out with an export without opening any other."""
    return hmac.digest(key, f"body/{address}".encode(), sha256)


def address_of(key: bytes, plain: bytes) -> str:
    """Where a body lies: the same content under the same key has the same address, and nobody else can tell."""
    return hmac.digest(key, b"address/" + plain, sha256).hex()


def log_alias() -> str:
    """The database that holds keys and bodies: the log's."""
    return str(settings.AUDIT_DB_ALIAS)


def _aad(key_id: UUID) -> str:
    return f"audit.subject_key:{key_id}"
