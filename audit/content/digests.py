"""Keyed digests of secrets and of people: to be found again by who has the secret, and by nobody else.

The keys of secrets' digests change every month: equal secrets of different months cannot be told from each other
without asking for them.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from audit.outside import outside

SUBJECTS = "audit-subjects"
SHOWN = 32  # of 64 hexadecimal digits


def month_of(when: datetime) -> str:
    """Such as 2026-11."""
    return f"{when:%Y-%m}"


def subject_ref(organisation_id: str, subject: str) -> str:
    """The pseudonym of a person or program within an organisation."""
    return subject_refs(organisation_id, subject)[0]


def subject_refs(organisation_id: str, subject: str) -> list[str]:
    """Its pseudonyms under every key of the installation, the current first."""
    text = f"{organisation_id}\0{subject}".encode()
    return [hmac.digest(key, text, sha256).hex() for key in outside().keyed(SUBJECTS).values()]


class SecretDigests:
    """Digests of the secrets of one month, under the current key."""

    def __init__(self, month: str) -> None:
        self._month = month
        self._name, self._key = next(iter(outside().keyed(_purpose(month)).items()))

    def of(self, secret: str) -> str:
        """`<month>.<key id>.<digest>`."""
        return f"{self._month}.{self._name}.{hmac.digest(self._key, secret.encode(), sha256).hex()[:SHOWN]}"


def digests_of(secret: str, months: Iterable[str]) -> list[str]:
    """All that a secret may have been called in those months."""
    found = []
    for month in months:
        for name, key in outside().keyed(_purpose(month)).items():
            found.append(f"{month}.{name}.{hmac.digest(key, secret.encode(), sha256).hex()[:SHOWN]}")
    return found


def _purpose(month: str) -> str:
    return f"audit-secrets/{month}"
