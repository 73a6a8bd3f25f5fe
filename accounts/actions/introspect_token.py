"""Tell a program whether a token holds, and what it says (RFC 7662, SECURITY O9)."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from accounts.actions import renew
from accounts.fresh_identity import confirmed
from accounts.identity.verified import VerifiedPrincipal, verified_token
from accounts.models import Organisation, RefreshToken
from accounts.ring import gateway_verifier, management_verifier
from accounts.tokens.errors import TokenRefused

# Everything that is not fine is this, and never why.
INACTIVE: Mapping[str, object] = {"active": False}
TOLD = ("client_id", "sub", "aud", "iss", "jti", "exp", "iat", "nbf", "sid", "cnf", "act")


def execute(text: str, organisation: Organisation) -> Mapping[str, object]:
    """What is told of a token to a program of `organisation`; INACTIVE for a token of another one.

    Raises:
        IdentityUnavailable: what was revoked cannot be known right now.
    """
    if text.startswith(renew.PREFIX):
        return _refresh(renew.found(text), organisation, timezone.now())
    known = held(text)
    if known is None or known.principal.organisation_id != str(organisation.pk):
        return INACTIVE
    claims = known.verified.claims
    told = {name: claims[name] for name in TOLD if name in claims}
    # What it may do now, which may be less than what it says.
    token_type = "Bearer" if known.thumbprint is None else "DPoP"
    return {"active": True, "token_type": token_type, "scope": " ".join(sorted(known.principal.scopes)), **told}


def held(text: str) -> VerifiedPrincipal | None:
    """An access token of either plane that holds now. Raises IdentityUnavailable."""
    identity = confirmed()
    for verifier in (gateway_verifier(), management_verifier()):
        try:
            return verified_token(text, identity, verifier)
        except TokenRefused:
            continue
    return None


def _refresh(token: RefreshToken | None, organisation: Organisation, now: datetime) -> Mapping[str, object]:
    """Looking at a refresh token does not use it."""
    if token is None or token.family.organisation_id != organisation.pk:
        return INACTIVE
    family = token.family
    if token.used_at is not None or token.expires_at <= now or not family.lives(now):
        return INACTIVE
    return {
        "active": True,
        "token_type": "refresh_token",
        "scope": " ".join(sorted(family.scopes)),
        "client_id": family.CLIENT_ID,
        "sub": family.user.subject,
        "aud": family.audience,
        "iss": settings.GATEHOUSE_PUBLIC_URL,
        "exp": int(token.expires_at.timestamp()),
        "iat": int(token.issued_at.timestamp()),
        "sid": str(family.pk),
    }
