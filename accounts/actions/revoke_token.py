"""End a token for whom it was issued to (RFC 7009, SECURITY O8)."""

from accounts.actions import end_tokens, renew
from accounts.actions.introspect_token import held
from accounts.models import RefreshFamily

REASON = "ended by its client"


class AnothersToken(Exception):
    """It holds, and was issued to another client."""


def execute(text: str, client_id: str) -> None:
    """End it, in force on every worker within a second; what does not hold (any more) changes nothing.

    A refresh token ends its session, and the access tokens of it.

    Raises:
        AnothersToken: it was issued to another client.
        IdentityUnavailable: it cannot be checked right now.
    """
    if text.startswith(renew.PREFIX):
        _session(text, client_id)
        return
    known = held(text)
    if known is None:
        return
    claims = known.verified.claims
    if claims["client_id"] != client_id:
        raise AnothersToken
    end_tokens.one(claims["jti"], issuer=claims["iss"], expires=claims["exp"], reason=REASON)


def _session(text: str, client_id: str) -> None:
    token = renew.found(text)
    if token is None:
        return
    if client_id != RefreshFamily.CLIENT_ID:
        raise AnothersToken
    renew.end(token.family, "signed_out")
