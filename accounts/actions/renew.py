"""Renew a session: each refresh token works once; using one twice ends the session (SECURITY 5.5)."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.actions import issue_token
from accounts.changes import announce
from accounts.errors import GatehouseError
from accounts.models import RefreshFamily, RefreshToken
from audit.context import Actor, current
from audit.log import record

PREFIX = "gthr_"
SECRET_BYTES = 32
LONGEST_IDLE = timedelta(days=7)
LONGEST_TEXT = 200


class RefreshRefused(GatehouseError):
    status_code = 401
    default_code = "invalid_grant"
    default_detail = "The refresh token is not valid (any more). Sign in again."
    challenge = 'Bearer realm="gatehouse", error="invalid_token"'


class Renewed(NamedTuple):
    """The new pair."""

    access: issue_token.IssuedToken
    refresh: str


class ScopeRefused(Exception):
    """More was asked for than the session has."""


def execute(text: str, scope: str = "", thumbprint: str | None = None) -> Renewed:
    """The successors of a refresh token.

    Args:
        scope: of the access token, part of the session's; all of them where it is empty. The session keeps its own.
        thumbprint: of the key whose holder asks, if he proved one. An unbound session is bound to it from here on.

    Raises:
        RefreshRefused: it does not hold; where it was used before, its session is ended. It is left alone where it
            is bound to another key: who only stole it ends nobody's session.
        ScopeRefused: the session does not have all of `scope`. Nothing was used.
    """
    token = found(text)
    if token is None:
        raise _rejected("unknown_refresh_token")
    with transaction.atomic():
        # One renewal of a family at a time: only then does the test of family, person and tenant hold until the commit.
        family = (
            RefreshFamily.objects.select_for_update(of=("self",))
            .select_related("user", "organisation")
            .get(pk=token.family_id)
        )
        if not family.binds(thumbprint):
            raise _rejected("dpop_key")
        scopes = _narrowed(family, scope) if token.used_at is None else family.scopes
        if refresh := _rotated(token, family):
            family.bind(thumbprint)
            access = issue_token.for_person(
                family.user, family.organisation, family.audience, scopes, str(family.pk), thumbprint
            )
            actor = Actor("user", family.user.subject, family.user.get_username())
            record(
                "auth.token.refreshed",
                actor=actor,
                organisation_id=str(family.organisation_id),
                session_id=str(family.pk),
            )
            return Renewed(access, refresh)
        if token.used_at is not None:
            end(family, "reuse")
    raise RefreshRefused


def needs_proof(text: str) -> bool:
    """Whether no token may follow on this refresh token without a proof of a key."""
    token = found(text)
    return token is not None and (bool(token.family.dpop_key) or token.family.organisation.dpop_required)


def _rejected(reason: str) -> RefreshRefused:
    record("auth.token.rejected", outcome="denied", attrs={"reason": reason})
    return RefreshRefused()


def successor(family: RefreshFamily, parent: RefreshToken | None) -> str:
    """A fresh refresh token of `family`, shown once."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    expires = min(timezone.now() + LONGEST_IDLE, family.expires_at)
    row = RefreshToken.objects.create(family=family, parent=parent, digest=_digest(secret), expires_at=expires)
    asked = current()
    family.used(timezone.now(), asked.src_ip, asked.user_agent)
    return f"{PREFIX}{row.pk.hex}_{secret}"


def end(family: RefreshFamily, because: str) -> None:
    """End a session: its refresh tokens and, within a second, its access tokens."""
    with transaction.atomic():
        ended = RefreshFamily.objects.filter(pk=family.pk, revoked_at__isnull=True)
        if not ended.update(revoked_at=timezone.now(), revoked_because=because):
            return
        record(
            "auth.session.revoked",
            actor=Actor("user", family.user.subject, family.user.get_username()),
            organisation_id=str(family.organisation_id),
            session_id=str(family.pk),
            attrs={"because": because},
        )
        announce("session", str(family.pk))


def revoke(text: str) -> None:
    """End the session of a refresh token; an unknown one changes nothing (RFC 7009 §2.2)."""
    if (token := found(text)) is not None:
        end(token.family, "signed_out")


def _narrowed(family: RefreshFamily, scope: str) -> list[str]:
    asked = scope.split() or family.scopes
    if not set(asked) <= set(family.scopes):
        raise ScopeRefused
    return sorted(set(asked))


def _rotated(token: RefreshToken, family: RefreshFamily) -> str | None:
    now = timezone.now()
    usable = RefreshToken.objects.filter(pk=token.pk, digest=token.digest, used_at__isnull=True, expires_at__gt=now)
    if not family.lives(now) or not usable.update(used_at=now):  # one statement: of parallel tries one wins
        token.refresh_from_db()
        return None
    return successor(family, parent=token)


def found(text: str) -> RefreshToken | None:
    """The row of a refresh token, used or not; None where there is none."""
    row_id, _, secret = text.removeprefix(PREFIX).partition("_")
    if not text.startswith(PREFIX) or len(text) > LONGEST_TEXT or not secret:
        return None
    try:
        key = uuid.UUID(hex=row_id)
    except ValueError:
        return None
    rows = RefreshToken.objects.select_related("family__user", "family__organisation")
    row = rows.filter(pk=key).first()
    return row if row is not None and secrets.compare_digest(bytes(row.digest), _digest(secret)) else None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8")).digest()
