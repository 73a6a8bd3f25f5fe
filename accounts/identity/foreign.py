"""From another issuer's token to a principal, answered from the snapshot: no query, nothing fetched (SECURITY 5.9)."""

import time

from accounts.identity.issuer_entry import IssuerEntry
from accounts.identity.snapshot import IdentitySnapshot
from accounts.identity.verified import VerifiedPrincipal
from accounts.tokens.claims import Claims
from accounts.tokens.confirmation import thumbprint_in
from accounts.tokens.errors import TokenRefused
from accounts.tokens.foreign import ForeignToken, KeyUnknown, check_foreign_times
from accounts.tokens.verifier import Verified

# Why our own verifier refuses a token that is another issuer's.
NOT_OURS = frozenset({"header", "typ", "kid"})
LONGEST_DIRECT_SECONDS = 3600


def foreign_token(text: str, identity: IdentitySnapshot, *, direct: bool) -> VerifiedPrincipal:
    """A token of a trusted issuer that holds now, and whom it stands for.

    Args:
        direct: it is to be used as it is, not exchanged.

    Raises:
        KeyUnknown: the issuer's keys are being fetched anew; try again in a moment.
        TokenRefused.
    """
    now = time.time()
    key = identity.foreign_tokens.key(text)
    known = identity.foreign_tokens.get(key)
    if known is None or known.holder is not _entry(known.verified.claims, identity):
        known = _verified(ForeignToken.read(text), identity, now)
        identity.foreign_tokens.put(key, known)
    entry = foreign_stands(known, identity)
    check_foreign_times(known.verified.claims, entry.trust, now)
    if direct:
        _check_direct(entry, known.verified.claims)
    return known


def foreign_stands(known: VerifiedPrincipal, identity: IdentitySnapshot) -> IssuerEntry:
    """What may have changed since it was verified, without the clock. Raises TokenRefused."""
    claims = known.verified.claims
    entry = _entry(claims, identity)
    if entry is None or all(key.thumbprint != known.verified.kid for key in entry.trust.keys):
        raise TokenRefused("issuer")
    tenant = identity.tenants.get(entry.organisation_id)
    if tenant is None or not tenant.active:
        raise TokenRefused("tenant")
    if (ended := identity.revoked.foreign_reason(claims, entry.subject_of(claims["sub"]))) is not None:
        raise TokenRefused(ended)
    if not entry.rules_for(claims):
        raise TokenRefused("no_rule")
    return entry


def _verified(token: ForeignToken, identity: IdentitySnapshot, now: float) -> VerifiedPrincipal:
    entry = _entry(token.claims, identity)
    if entry is None:
        raise TokenRefused("issuer")
    try:
        kid = token.verify(entry.trust, now)
    except KeyUnknown:
        identity.want_keys(entry.issuer_id)
        raise
    rules = entry.rules_for(token.claims)
    if not rules:
        raise TokenRefused("no_rule")
    principal = entry.principal(entry.subject_of(token.subject), rules, token.claims)
    return VerifiedPrincipal(Verified(token.claims, kid), principal, entry, thumbprint_in(token.claims), foreign=True)


def _entry(claims: Claims, identity: IdentitySnapshot) -> IssuerEntry | None:
    """The one trust that the token can be about; none where there are several, in two organisations perhaps."""
    aud = claims["aud"]
    found = {identity.issuers.get((claims["iss"], one)) for one in ([aud] if isinstance(aud, str) else aud)} - {None}
    return found.pop() if len(found) == 1 else None


def _check_direct(entry: IssuerEntry, claims: Claims) -> None:
    if not entry.direct:
        raise TokenRefused("exchange_only")
    # What cannot be ended one by one, or lives long, is exchanged: then it can, and does not (SECURITY 5.9).
    if "jti" not in claims or claims["exp"] - claims["iat"] > LONGEST_DIRECT_SECONDS:
        raise TokenRefused("exchange_only")
