"""Make a signing key: published at once, signing only later (SECURITY 5.2)."""

from datetime import date, datetime

import orjson
from django.db import transaction

from accounts.changes import announce
from accounts.models import SigningKey
from accounts.ring import envelope
from accounts.tokens.keys import SigningKeyPair
from audit.context import Target
from audit.log import record


def execute(
    alg: str = "ES256", note: str = "", *, activate_at: datetime | None = None, target_date: date | None = None
) -> SigningKey:
    """A pending key.

    Args:
        alg: ES256, RS256 or Ed25519.
        activate_at: when it goes into service by itself.
        target_date: the day of the scheduled rotation that it is for.

    Raises:
        ValueError: another algorithm.
        IntegrityError: another scheduler made the key of that day.
    """
    pair = SigningKeyPair.generate(alg)
    row = SigningKey(kid=pair.kid, alg=alg, note=note, activate_at=activate_at, target_date=target_date)
    row.public_jwk = pair.public_jwk()
    row.private_sealed = envelope().seal(orjson.dumps(pair.private_jwk()), aad=row.aad)
    with transaction.atomic():
        row.save(force_insert=True)
        attrs = {"alg": alg, "activate_at": activate_at.isoformat() if activate_at else ""}
        record("key.created", target=target_of(row), attrs=attrs)
        announce("signing_key", row.kid)
    return row


def target_of(key: SigningKey) -> Target:
    """What the records of a key say they are about."""
    return Target("signing_key", str(key.pk), key.kid)
