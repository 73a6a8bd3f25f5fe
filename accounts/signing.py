"""Signing with the active key: the only code that opens a private part."""

from functools import lru_cache
from typing import Any

import orjson
from django.utils import timezone

from accounts.errors import IdentityUnavailable
from accounts.models import SigningKey
from accounts.ring import envelope
from accounts.tokens.issuing import signed
from accounts.tokens.keys import SigningKeyPair, imported


def active_key() -> SigningKeyPair:
    """The key that signs now. Raises IdentityUnavailable when there is none."""
    row = SigningKey.objects.signing(timezone.now())
    if row is None:
        raise IdentityUnavailable("There is no active signing key.")
    return _opened(row.kid, row.alg, row.private_sealed, row.aad)


def sign(claims: dict[str, Any]) -> str:
    """The compact token of `claims`."""
    return signed(claims, active_key())


@lru_cache(maxsize=4)
def _opened(kid: str, alg: str, sealed: str, aad: str) -> SigningKeyPair:
    """Opened once for many signatures; whether it still signs is asked of the row each time."""
    private = orjson.loads(envelope().unseal(sealed, aad=aad))
    return SigningKeyPair(kid, alg, imported(alg, private))
