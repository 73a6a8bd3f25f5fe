"""Signing with the active key: the only code that opens a private part."""

from typing import Any

import orjson
from django.core.exceptions import ObjectDoesNotExist

from accounts.errors import IdentityUnavailable
from accounts.models import SigningKey
from accounts.models.signing_key import SigningKeyState
from accounts.ring import envelope
from accounts.tokens.issuing import signed
from accounts.tokens.keys import SigningKeyPair, imported


def active_key() -> SigningKeyPair:
    """The key that signs now. Raises IdentityUnavailable when there is none."""
    try:
        row = SigningKey.objects.get(purpose="access", state=SigningKeyState.ACTIVE)
    except ObjectDoesNotExist as error:
        raise IdentityUnavailable("There is no active signing key.") from error
    private = orjson.loads(envelope().unseal(row.private_sealed, aad=row.aad))
    return SigningKeyPair(row.kid, row.alg, imported(row.alg, private))


def sign(claims: dict[str, Any]) -> str:
    """The compact token of `claims`."""
    return signed(claims, active_key())
