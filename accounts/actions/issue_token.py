"""Issue an access token: references and scopes, never limits or amounts (SECURITY 5.3)."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.conf import settings

from accounts.models import Organisation, RefreshFamily, Revocation, ServiceAccount, User
from accounts.principal import Principal
from accounts.signing import sign
from accounts.tokens.issuing import stamped
from audit.context import Actor
from audit.log import record


class IssuedToken(NamedTuple):
    """A token and what is said of it next to it."""

    access: str
    expires_in: int
    scope: str
    jti: str


def for_person(
    user: User, organisation: Organisation, audience: str, scopes: Iterable[str], session: str
) -> IssuedToken:
    """A person's token, of the session `session`."""
    claims = {"sub": user.subject, "client_id": RefreshFamily.CLIENT_ID, "sep": user.epoch, "sid": session}
    actor = Actor("user", user.subject, user.get_username())
    return _issued(claims, organisation, audience, scopes, actor)


def for_program(account: ServiceAccount, audience: str, scopes: Iterable[str]) -> IssuedToken:
    """A service account's token."""
    claims = {"sub": account.subject, "client_id": account.client_id, "sep": account.epoch}
    actor = Actor("service_account", account.subject, account.name)
    return _issued(claims, account.organisation, audience, scopes, actor)


def exchanged(claims: Mapping[str, Any], scopes: Iterable[str], seconds: int, subject: Principal) -> IssuedToken:
    """A token in exchange for another credential of `subject`, with the marks in `claims` that it carries on."""
    scope = " ".join(sorted(scopes))
    full = stamped({**claims, "iss": settings.GATEHOUSE_PUBLIC_URL, "scope": scope}, int(time.time()), seconds)
    token = IssuedToken(sign(full), seconds, scope, full["jti"])
    attrs = {"jti": token.jti, "aud": full["aud"], "scope": scope, "seconds": seconds, "exchanged": subject.credential}
    came = {"from": list(claims.get("anc") or ()), "act": claims.get("act"), "models": claims.get("mdl")}
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
    token = IssuedToken(sign(full), seconds, scope, full["jti"])
    record(
        "auth.token.issued",
        actor=actor,
        organisation_id=str(organisation.pk),
        session_id=str(claims.get("sid") or ""),
        attrs={"jti": token.jti, "aud": audience, "scope": scope, "seconds": seconds},
    )
    return token
