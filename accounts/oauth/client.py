"""The one place that knows whether a program is who it says it is (SECURITY 5.10, O3-O7)."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ClientCredential, RefreshFamily, ServiceAccount
from accounts.oauth import failures
from accounts.oauth.errors import invalid_client, invalid_request, unavailable
from accounts.oauth.form import Form
from accounts.oauth.presented import Assertion, Secret, presented
from accounts.ring import digests
from accounts.single_use import StoreAway, first_use
from accounts.tokens.client_assertion import ClientAssertion
from accounts.tokens.errors import TokenRefused
from audit.context import Actor, act_as

LONGEST_CLIENT_ID = 40


class AuthenticatedClient(NamedTuple):
    """A program that proved who it is.

    Attributes:
        method: as in the registry of token endpoint authentication methods.
    """

    account: ServiceAccount
    credential: ClientCredential
    method: str


class _Refused(Exception):
    """Why, for the record."""

    def __init__(self, reason: str, client_id: str) -> None:
        super().__init__(reason)
        self.reason, self.client_id = reason, client_id


def authenticated(request: HttpRequest, form: Form) -> AuthenticatedClient:
    """The program that sends the request. Raises OAuthError (invalid_client) where there is none."""
    found = optional(request, form)
    if found is None:
        raise invalid_client("Authenticate: client_secret_basic, client_secret_post or private_key_jwt.")
    return found


def optional(request: HttpRequest, form: Form) -> AuthenticatedClient | None:
    """As `authenticated`; None where nothing at all was presented, so that the grant decides.

    Raises:
        OAuthError: something was presented that does not hold.
    """
    given = presented(request.headers.get("authorization"), form)
    if given is None:
        return None
    try:
        found = _by_secret(given) if isinstance(given, Secret) else _by_assertion(given)
        if not found.account.allows(str(request.META.get("REMOTE_ADDR", ""))):
            raise _Refused("address", found.account.client_id)
    except _Refused as error:
        raise failures.refused(request, error.client_id, error.reason, invalid_client()) from error
    found.credential.note_use(timezone.now())
    act_as(Actor("service_account", found.account.subject, found.account.name))
    return found


def client_id_of(request: HttpRequest, form: Form) -> str:
    """The id of who sends the request: a program that proved it, or Gatehouse's own sign-in, which has no secret.

    Raises:
        OAuthError: neither of them.
    """
    found = optional(request, form)
    if found is not None:
        return found.account.client_id
    if form.get("client_id") != RefreshFamily.CLIENT_ID:
        raise invalid_client("Authenticate as a program, or send the client_id of the session.")
    return RefreshFamily.CLIENT_ID


def _by_secret(given: Secret) -> AuthenticatedClient:
    account, credentials = _known(given.client_id)
    now = timezone.now()
    held = [row for row in credentials if _holds(row, given.secret, now)]
    if account is None or not held:
        digests().of(given.secret)  # an unknown client costs what a wrong secret does
        raise _Refused("unknown_client" if account is None else "client_secret", given.client_id)
    return AuthenticatedClient(account, held[0], given.method)


def _by_assertion(given: Assertion) -> AuthenticatedClient:
    try:
        assertion = ClientAssertion.read(given.text)
    except TokenRefused as error:
        raise _Refused(f"assertion_{error.reason}", given.client_id or "") from error
    if given.client_id not in (None, assertion.client_id):
        raise invalid_request("client_id is another one than the assertion's.")
    account, credentials = _known(assertion.client_id)
    if account is None:
        raise _Refused("unknown_client", assertion.client_id)
    keys = {row.thumbprint: row for row in credentials if row.is_key and row.lives(timezone.now())}
    try:
        candidates = [row.client_key for row in keys.values()]
        key = assertion.verify(candidates, settings.GATEHOUSE_PUBLIC_URL, time.time())
    except TokenRefused as error:
        raise _Refused(f"assertion_{error.reason}", assertion.client_id) from error
    _only_once(assertion)
    return AuthenticatedClient(account, keys[key.thumbprint], "private_key_jwt")


def _holds(row: ClientCredential, secret: str, now: datetime) -> bool:
    return row.lives(now) and not row.is_key and digests().matches(secret, row.pepper, bytes(row.digest))


def _only_once(assertion: ClientAssertion) -> None:
    seconds = assertion.remembered_for(time.time())
    try:
        if not first_use("client-assertion", f"{assertion.client_id}\n{assertion.jti}", seconds):
            raise _Refused("assertion_replayed", assertion.client_id)
    except StoreAway as error:  # what cannot be known to be new is not taken
        raise unavailable("Assertions cannot be checked right now.") from error


def _known(client_id: str) -> tuple[ServiceAccount | None, Sequence[ClientCredential]]:
    # What cannot be a client id is not looked up: databases refuse NUL.
    if not client_id.isprintable() or len(client_id) > LONGEST_CLIENT_ID:
        return None, ()
    # One question, because it is asked for every token; an account without credentials is as good as none.
    credentials = ClientCredential.objects.of_client(client_id)
    return (credentials[0].service_account, credentials) if credentials else (None, ())
