"""End access tokens before they expire: one, all of a client, all of a program, or all there are."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.actions.advance_key_ring import LONGEST_TOKEN
from accounts.admin_audit import record_change
from accounts.changes import announce
from accounts.models import Revocation, ServiceAccount, TrustedIssuer, User
from accounts.models.revocation import RevocationKind
from accounts.models.trusted_issuer import LONGEST_TOKEN_SECONDS as LONGEST_TRUSTED_SECONDS
from audit.context import Target
from audit.log import record

# External issuers' clocks may be off by this much, so a token may live so much longer than it says.
MOST_LEEWAY = timedelta(seconds=60)


def one(
    jti: str, *, issuer: str = "", expires: float | None = None, reason: str = "", by: User | None = None
) -> Revocation:
    """The token is refused by every worker within a second.

    Args:
        issuer: its `iss`; ours where empty.
        expires: its `exp` in Unix seconds; the longest life of a token where it is not known.
    """
    until = timezone.now() + LONGEST_TOKEN if expires is None else datetime.fromtimestamp(expires, UTC) + MOST_LEEWAY
    where = {"kind": RevocationKind.TOKEN, "issuer": issuer or settings.GATEHOUSE_PUBLIC_URL, "value": jti}
    with transaction.atomic():
        row, _ = Revocation.objects.get_or_create(
            **where, defaults={"expires_at": until, "reason": reason, "created_by": by}
        )
        _announced(row, reason)
    return row


def of_client(client_id: str, *, reason: str = "", by: User | None = None) -> Revocation:
    """Every token that was issued through the client so far."""
    return _raised(RevocationKind.CLIENT, client_id, reason, by)


def of_subject(issuer: TrustedIssuer, sub: str, *, reason: str = "", by: User | None = None) -> Revocation:
    """Every token that a trusted issuer gave to one of its subjects until now, and all that was exchanged for them."""
    now, subject = timezone.now(), f"ext:{issuer.pk}:{sub}"
    given = {"epoch": int(now.timestamp()), "reason": reason, "created_by": by}
    until = now + timedelta(seconds=LONGEST_TRUSTED_SECONDS) + MOST_LEEWAY
    with transaction.atomic():
        row, _ = Revocation.objects.update_or_create(
            kind=RevocationKind.SUBJECT, issuer="", value=subject, defaults={**given, "expires_at": until}
        )
        _announced(row, reason, str(issuer.organisation_id))
    return row


def everything(*, reason: str, by: User | None = None) -> Revocation:
    """The emergency: every access token of this installation. API keys and browser sessions are not tokens."""
    return _raised(RevocationKind.EVERYTHING, "", reason, by)


def of_program(account: ServiceAccount, *, reason: str = "") -> None:
    """Every token of a service account; its secrets go on working."""
    with transaction.atomic():
        locked = ServiceAccount.objects.select_for_update().get(pk=account.pk)
        locked.epoch += 1
        locked.save(update_fields=["epoch"])
        record_change(locked, "updated", ["epoch"])
        announce("principal", locked.subject)
    account.epoch = locked.epoch


def _raised(kind: RevocationKind, value: str, reason: str, by: User | None) -> Revocation:
    with transaction.atomic():
        row, _ = Revocation.objects.get_or_create(kind=kind, issuer="", value=value)
        Revocation.objects.filter(pk=row.pk).update(
            epoch=F("epoch") + 1, reason=reason, created_by=by, updated_at=timezone.now()
        )
        row.refresh_from_db()
        _announced(row, reason)
    return row


def _announced(row: Revocation, reason: str, organisation_id: str | None = None) -> None:
    target = Target("revocation", str(row.pk), str(row)[:200])
    attrs = {"kind": row.kind, "value": row.value}
    record("admin.revocation.created", target=target, organisation_id=organisation_id, reason=reason, attrs=attrs)
    announce("revocation", str(row.pk))
