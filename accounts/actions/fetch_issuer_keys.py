"""Fetch the keys of trusted issuers: found by their own metadata, checked one by one, the last good set kept a day.

Through the guarded session, never in a request of the data plane (SECURITY 5.9, B9).
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from requests import RequestException, Session

from accounts.actions import issuer_key_set
from accounts.changes import announce
from accounts.egress import EgressPolicy
from accounts.egress.session import guarded_session
from accounts.egress.urls import BaseUrlRefused, validate_base_url
from accounts.models import TrustedIssuer
from accounts.tokens.errors import TokenRefused
from accounts.tokens.strict_json import strict_object
from audit.context import Target
from audit.log import record

LARGEST_ANSWER = 256 * 1024
TIMEOUTS = (5.0, 5.0)
METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


class NotFetched(Exception):
    """A sentence for the administrator."""


def all_due() -> int:
    """How many issuers were asked."""
    rows = list(TrustedIssuer.objects.due(timezone.now()))
    for row in rows:
        execute(row)
    return len(rows)


def execute(row: TrustedIssuer) -> str:
    """Ask the issuer now; the problem, "" where there is none. What was known is kept where it cannot be asked."""
    policy = EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW)
    try:
        with guarded_session(policy, answer_limit=LARGEST_ANSWER) as session:
            body = _get(session, row.jwks_uri or _found(session, row, policy))
        keys = issuer_key_set.read(body, row.algorithms)
    except (NotFetched, ValueError) as error:
        return _failed(row, str(error))
    _kept(row, [key.public_jwk() for key in keys])
    return ""


def _found(session: Session, row: TrustedIssuer, policy: EgressPolicy) -> str:
    """The address of the key set, by metadata that are of this issuer byte for byte (ASVS 10.5.3)."""
    members = _metadata(session, row.issuer)
    if members.get("issuer") != row.issuer:
        raise NotFetched("The metadata there are of another issuer: compare the texts, a slash at the end included.")
    address = members.get("jwks_uri")
    try:
        return validate_base_url(str(address or ""), policy)
    except BaseUrlRefused as error:
        raise NotFetched(f"The address of the key set in the metadata cannot be used. {error}") from error


def _metadata(session: Session, issuer: str) -> dict[str, Any]:
    problem = NotFetched("The issuer has no metadata. Give the address of its key set.")
    for address in _addresses(issuer):
        try:
            return strict_object(_get(session, address), "metadata")
        except (NotFetched, TokenRefused) as error:
            problem = NotFetched(f"The metadata could not be read. {error}")
    raise problem


def _addresses(issuer: str) -> list[str]:
    """OpenID Connect Discovery §4 puts the well-known path behind the issuer's, RFC 8414 §3 before it."""
    parts = urlsplit(issuer)
    return [
        f"{issuer.rstrip('/')}{METADATA[0]}",
        f"{parts.scheme}://{parts.netloc}{METADATA[1]}{parts.path.rstrip('/')}",
    ]


def _get(session: Session, address: str) -> bytes:
    try:
        answer = session.get(address, timeout=TIMEOUTS, headers={"Accept": "application/json"})
    except RequestException as error:
        raise NotFetched(f"No answer from {address} ({type(error).__name__}).") from error
    if answer.status_code != 200:
        raise NotFetched(f"{address} answered with status {answer.status_code}.")
    return answer.content


def _failed(row: TrustedIssuer, problem: str) -> str:
    row.fetch_error, row.checked_at = problem[:300], timezone.now()
    # No signal: what is believed of the issuer did not change.
    TrustedIssuer.objects.filter(pk=row.pk).update(fetch_error=row.fetch_error, checked_at=row.checked_at)
    return row.fetch_error


def _kept(row: TrustedIssuer, keys: list[dict[str, Any]]) -> None:
    now, before = timezone.now(), [jwk["kid"] for jwk in row.keys]
    fetched = {"keys": keys, "fetched_at": now, "checked_at": now, "fetch_error": ""}
    with transaction.atomic():
        if keys != row.keys:
            record(
                "admin.trusted_issuer.updated",
                target=Target("trusted_issuer", str(row.pk), row.name),
                organisation_id=str(row.organisation_id),
                attrs={"fields": ["keys"], "changes": {"keys": (before, [jwk["kid"] for jwk in keys])}},
            )
        TrustedIssuer.objects.filter(pk=row.pk).update(**fetched)
        announce("issuer", str(row.pk))
    for name, value in fetched.items():
        setattr(row, name, value)
