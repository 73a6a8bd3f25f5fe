"""OAuth 2 client credentials: a service account's secret for a short-lived token (RFC 6749 §4.4)."""

from django.utils import timezone

from accounts.actions import issue_token
from accounts.models import ClientCredential, ServiceAccount
from accounts.ring import digests, gateway_audience
from audit.log import record


class ClientRefused(Exception):
    """Unknown client, wrong secret, switched off: one answer for all."""


class ScopeRefused(Exception):
    """More was asked for than the account may have."""


def execute(client_id: str, client_secret: str, scope: str = "") -> issue_token.IssuedToken:
    """A token for the program. Raises ClientRefused or ScopeRefused."""
    account = _account(client_id, client_secret)
    if account is None:
        record("auth.token.rejected", outcome="denied", attrs={"reason": "invalid_client", "client_id": client_id[:64]})
        raise ClientRefused
    asked = set(scope.split()) or set(account.scopes)
    if not asked <= set(account.scopes):
        raise ScopeRefused
    return issue_token.for_program(account, gateway_audience(), asked)


def _account(client_id: str, client_secret: str) -> ServiceAccount | None:
    rows = ServiceAccount.objects.select_related("organisation")
    # What cannot be a client id is not looked up: databases refuse NUL.
    known = rows.filter(client_id=client_id if client_id.isprintable() else "")
    account = known.filter(is_active=True, organisation__is_active=True).first()
    now = timezone.now()
    live = ClientCredential.objects.filter(revoked_at__isnull=True, expires_at__gt=now, service_account=account)
    # An unknown client costs the same as a wrong secret: one digest at least.
    candidates = list(live) if account is not None else []
    holds = [digests().matches(client_secret, row.pepper, bytes(row.digest)) for row in candidates]
    if not candidates:
        digests().of(client_secret)
    return account if any(holds) else None
