"""Issue an access token: references and scopes, never limits or amounts (SECURITY 5.3)."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.conf import settings

from accounts.models import Organisation, RefreshFamily, Revocation, ServiceAccount, User
from accounts.principal import Principal
from accounts.signing import sign
from accounts.tokens.confirmation import confirmation, thumbprint_in
from accounts.tokens.issuing import stamped
from audit.context import Actor
from audit.log import record


class IssuedToken(NamedTuple):
    """A token and what is said of it next to it.

    Attributes:
        token_type: DPoP where it is bound to a key (RFC 9449 §5), else Bearer.
    """

    access: str
    expires_in: int
    scope: str
    jti: str
    token_type: str


def for_person(
    user: User,
    organisation: Organisation,
    audience: str,
    scopes: Iterable[str],
    session: str,
    thumbprint: str | None = None,
) -> IssuedToken:
    """A person's token, of the session `session`; bound to the key with `thumbprint`, where there is one."""
    claims: dict[str, object] = {
        "sub": user.subject,
        "client_id": RefreshFamily.CLIENT_ID,
        "sep": user.epoch,
        "sid": session,
    }
    claims |= confirmation(thumbprint)
    actor = Actor("user", user.subject, user.get_username())
    return _issued(claims, organisation, audience, scopes, actor)


def for_program(
    account: ServiceAccount, audience: str, scopes: Iterable[str], thumbprint: str | None = None
) -> IssuedToken:
    """A service account's token; bound to the key with `thumbprint`, where there is one."""
    claims: dict[str, object] = {"sub": account.subject, "client_id": account.client_id, "sep": account.epoch}
    claims |= confirmation(thumbprint)
    actor = Actor("service_account", account.subject, account.name)
    return _issued(claims, account.organisation, audience, scopes, actor)


def exchanged(claims: Mapping[str, Any], scopes: Iterable[str], seconds: int, subject: Principal) -> IssuedToken:
    """A token in exchange for another credential of `subject`, with the marks in `claims` that it carries on."""
    scope = " ".join(sorted(scopes))
    full = stamped({**claims, "iss": settings.GATEHOUSE_PUBLIC_URL, "scope": scope}, int(time.time()), seconds)
    token = _signed(full, seconds)
    attrs = {"jti": token.jti, "aud": full["aud"], "scope": scope, "seconds": seconds, "exchanged": subject.credential}
    came = {
        "from": list(claims.get("anc") or ()), "act": claims.get("act"), "models": claims.get("mdl"),
        "bound_to": thumbprint_in(full), "budget": claims.get("bud"),
    }  # fmt: skip
    record(
        "auth.token.issued",
        actor=Actor(subject.kind, subject.subject, subject.name),
        organisation_id=subject.organisation_id,
        session_id=subject.session_id,
        key_id=subject.key_id,
        key_prefix=subject.key_prefix,
        attrs={**attrs, **{name: value for name, value in came.items() if value}},
    )
    return token


def _issued(
    claims: dict[str, object], organisation: Organisation, audience: str, scopes: Iterable[str], actor: Actor
) -> IssuedToken:
    seconds = settings.GATEHOUSE_ACCESS_TOKEN_SECONDS
    scope = " ".join(sorted(scopes))
    about = {"iss": settings.GATEHOUSE_PUBLIC_URL, "aud": audience, "scope": scope}
    tenant = {"tid": str(organisation.pk), "tep": organisation.epoch}
    epochs = Revocation.objects.epochs(str(claims["client_id"]))
    full = stamped({**claims, **about, **tenant, **epochs}, int(time.time()), seconds)
    token = _signed(full, seconds)
    attrs = {"jti": token.jti, "aud": audience, "scope": scope, "seconds": seconds}
    if (bound_to := thumbprint_in(full)) is not None:
        attrs["bound_to"] = bound_to
    record(
        "auth.token.issued",
        actor=actor,
        organisation_id=str(organisation.pk),
        session_id=str(claims.get("sid") or ""),
        attrs=attrs,
    )
    return token


def _signed(claims: Mapping[str, Any], seconds: int) -> IssuedToken:
    token_type = "Bearer" if thumbprint_in(claims) is None else "DPoP"
    return IssuedToken(sign(dict(claims)), seconds, claims["scope"], claims["jti"], token_type)
