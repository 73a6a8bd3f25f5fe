"""From a credential to a principal, answered from the snapshot: no query, no thread hop."""

import time
from dataclasses import dataclass, replace
from uuid import UUID

from accounts.crypto.api_key_text import ApiKeyText
from accounts.errors import InvalidToken
from accounts.identity.acting import actors_stand
from accounts.identity.entries import HolderEntry
from accounts.identity.issuer_entry import PREFIX as EXTERNAL
from accounts.identity.issuer_entry import IssuerEntry
from accounts.identity.key_entry import KeyEntry
from accounts.identity.snapshot import IdentitySnapshot
from accounts.principal import Kind, Principal
from accounts.ring import digests
from accounts.tokens.claims import Claims, check_times
from accounts.tokens.confirmation import thumbprint_in
from accounts.tokens.errors import TokenRefused
from accounts.tokens.verifier import Verified, Verifier, signed_by

KINDS: dict[str, Kind] = {"usr": "user", "svc": "service_account"}
# Their principals are made again when they are used again: memory for keys in use only.
MOST_KNOWN_KEYS = 20_000


@dataclass(frozen=True, slots=True)
class VerifiedPrincipal:
    """A token that held, and whom it stands for. The holder entry shows whether anything about it changed since.

    Attributes:
        thumbprint: of the key that it is bound to; None where it is bound to none.
        foreign: it is another issuer's own.
    """

    verified: Verified
    principal: Principal
    holder: "Holder"
    thumbprint: str | None = None
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class KnownKey:
    """An API key, whom it stands for, and the entry of the person who made it."""

    entry: KeyEntry
    principal: Principal
    maker: HolderEntry | None


# A person or a program; the API key or the trusted issuer, where the token was got in exchange for one of theirs.
Holder = HolderEntry | KnownKey | IssuerEntry


def principal_of_token(token: str, identity: IdentitySnapshot, verifier: Verifier) -> Principal:
    """Whom a JWT stands for. Raises TokenRefused."""
    return verified_token(token, identity, verifier).principal


def verified_token(token: str, identity: IdentitySnapshot, verifier: Verifier) -> VerifiedPrincipal:
    """A JWT that holds now, and whom it stands for. Raises TokenRefused."""
    now = time.time()
    key = identity.tokens.key(token)
    known = identity.tokens.get(key)
    if known is None or known.verified.claims["aud"] not in verifier.audiences:
        verified = _verified(token, identity, verifier, now)
        holder = checked(verified, identity, now)
        known = VerifiedPrincipal(verified, _principal(verified, holder), holder, thumbprint_in(verified.claims))
        identity.tokens.put(key, known)
        return known
    holder = checked(known.verified, identity, now)
    if holder is not known.holder:
        known = replace(known, principal=_principal(known.verified, holder), holder=holder)
        identity.tokens.put(key, known)
    return known


def _verified(token: str, identity: IdentitySnapshot, verifier: Verifier, now: float) -> Verified:
    try:
        return verifier.verify(token, identity.verifying, now)
    except TokenRefused as error:
        if error.reason == "kid" and signed_by(token) in identity.ended:
            raise TokenRefused("signing_key_ended") from error
        raise


def checked(verified: Verified, identity: IdentitySnapshot, now: float) -> Holder:
    """What may have changed since the signature was checked (SECURITY 5.4, step 8). Raises TokenRefused."""
    check_times(verified.claims, now)
    return unrevoked(verified, identity)


def unrevoked(verified: Verified, identity: IdentitySnapshot) -> Holder:
    """As `checked`, without the clock. Raises TokenRefused."""
    claims = verified.claims
    if verified.kid not in identity.verifying:
        raise TokenRefused("kid")
    if claims.get("sid") in identity.revoked_sessions:
        raise TokenRefused("session_revoked")
    if (ended := identity.revoked.reason(claims)) is not None:
        raise TokenRefused(ended)
    tenant = identity.tenants.get(claims["tid"])
    if tenant is None or not tenant.active or tenant.epoch != claims["tep"]:
        raise TokenRefused("tenant")
    if "act" in claims:
        actors_stand(claims, identity)
    if "key" in claims:
        return _key_of(claims, identity)
    if claims["sub"].startswith(EXTERNAL):
        return _issuer_of(claims, identity)
    holder = identity.holders.get(claims["sub"])
    if holder is None or not holder.active or holder.epoch != claims["sep"]:
        raise TokenRefused("subject")
    if claims["tid"] not in holder.teams:
        raise TokenRefused("membership")
    return holder


def principal_of_key(text: str, identity: IdentitySnapshot) -> Principal:
    """Whom an API key stands for. Raises TokenRefused."""
    return verified_key(text, identity).principal


def verified_key(text: str, identity: IdentitySnapshot) -> KnownKey:
    """An API key that works now, and whom it stands for. Raises TokenRefused."""
    parts, now = ApiKeyText.parse(text), time.time()
    entry = None if parts is None else identity.keys.get(parts.public_id)
    if parts is None or entry is None:
        was_known = parts is not None and parts.public_id in identity.ended
        raise TokenRefused("key_revoked" if was_known else "unknown_key")
    if not any(digests().matches(parts.secret, pepper, digest) for pepper, digest in entry.secrets(now)):
        raise TokenRefused("key_secret")
    if now >= entry.expires:
        raise TokenRefused("expired")
    known = _known(entry, identity)
    key_stands(known, identity)
    identity.used_keys.add(entry.public_id)
    return known


def key_stands(known: KnownKey, identity: IdentitySnapshot) -> None:
    """It was not revoked, its organisation is active, its maker may still do what it does. Raises TokenRefused."""
    entry = known.entry
    if entry.public_id not in identity.keys and time.time() < entry.expires:
        raise TokenRefused("key_revoked")
    tenant = identity.tenants.get(entry.organisation_id)
    if tenant is None or not tenant.active:
        raise TokenRefused("tenant")
    if not (entry.scopes & maker_scopes(entry, identity)):
        raise TokenRefused("maker")


def maker_scopes(entry: KeyEntry, identity: IdentitySnapshot) -> frozenset[str]:
    """What the key's maker may do in its organisation now; everything the key has where no person made it."""
    if entry.maker is None:
        return entry.scopes
    maker = identity.holders.get(entry.maker)
    return frozenset() if maker is None else maker.scopes_in(entry.organisation_id)


def _key_of(claims: Claims, identity: IdentitySnapshot) -> KnownKey:
    """The key that a token was got in exchange for, while it works. Raises TokenRefused."""
    entry = identity.keys.get(claims["key"])
    if entry is None or claims["sub"] != f"key:{UUID(bytes=entry.key_id)}":
        raise TokenRefused("key_revoked")
    if time.time() >= entry.expires:
        raise TokenRefused("key_expired")
    known = _known(entry, identity)
    key_stands(known, identity)
    return known


def _issuer_of(claims: Claims, identity: IdentitySnapshot) -> IssuerEntry:
    """The trusted issuer that a token was got in exchange for one of, while it is trusted. Raises TokenRefused."""
    entry = identity.issuer_of(claims["sub"])
    if entry is None or entry.organisation_id != claims["tid"]:
        raise TokenRefused("issuer")
    if (entry.trust.issuer, claims.get("fjt")) in identity.revoked.tokens:
        raise TokenRefused("token_revoked")
    if (ended := identity.revoked.subject_reason(claims["sub"], claims["iat"])) is not None:
        raise TokenRefused(ended)
    if not entry.rules_named(claims.get("rul", ())):
        raise TokenRefused("no_rule")
    return entry


def _known(entry: KeyEntry, identity: IdentitySnapshot) -> KnownKey:
    maker = None if entry.maker is None else identity.holders.get(entry.maker)
    known = identity.known_keys.get(entry.public_id)
    if known is None or known.entry is not entry or known.maker is not maker:
        if len(identity.known_keys) >= MOST_KNOWN_KEYS:
            identity.known_keys.clear()
        known = KnownKey(entry, entry.principal(entry.scopes & maker_scopes(entry, identity)), maker)
        identity.known_keys[entry.public_id] = known
    return known


def refusal(error: TokenRefused) -> InvalidToken:
    """What the client is told: that it expired, or just that it does not hold."""
    return InvalidToken("The credential has expired." if error.reason == "expired" else None)


def _principal(verified: Verified, holder: Holder) -> Principal:
    claims = verified.claims
    narrowed = claims.get("mdl")
    if isinstance(holder, KnownKey):
        return _narrowed(holder.principal, claims)
    if isinstance(holder, IssuerEntry):
        return _narrowed(holder.principal(claims["sub"], holder.rules_named(claims["rul"]), claims), claims)
    return Principal(
        kind=KINDS.get(claims["sub"].partition(":")[0], "external"),
        subject=claims["sub"],
        client_id=claims["client_id"],
        organisation_id=claims["tid"],
        team_id=holder.teams.get(claims["tid"]),
        name=holder.name,
        # The token narrows; what the holder may do now is what counts (ASVS 8.3.2).
        scopes=frozenset(claims["scope"].split()) & holder.scopes,
        credential="jwt",
        models=None if narrowed is None else frozenset(narrowed),
        token_id=claims["jti"],
        session_id=claims.get("sid"),
        policy_id=claims.get("pol"),
        budget_id=claims.get("bud"),
        expires_at=claims["exp"],
        allowed_ips=holder.allowed_ips,
    )


def _narrowed(of: Principal, claims: Claims) -> Principal:
    """All that is the principal's own, addresses and limits included, narrowed by a token that was exchanged."""
    models = of.models
    if (narrowed := claims.get("mdl")) is not None:
        models = frozenset(narrowed) if models is None else models & frozenset(narrowed)
    return replace(
        of,
        scopes=of.scopes & frozenset(claims["scope"].split()),
        credential="jwt",
        models=models,
        token_id=claims["jti"],
        budget_id=claims.get("bud", of.budget_id),
        expires_at=claims["exp"],
    )
