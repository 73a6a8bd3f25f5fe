"""Makes one credential of each kind that can be ended, and prints what a test needs. Runs inside the product."""

import json
import os
import secrets
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone  # noqa: E402 (apps must be loaded first)

from accounts.actions import create_api_key, create_service_account, issue_token, renew  # noqa: E402
from accounts.models import IssuerRule, Membership, Organisation, RefreshFamily, TrustedIssuer, User  # noqa: E402
from accounts.ring import gateway_audience  # noqa: E402
from tests.accounts.issuers.idp import AUDIENCE, Idp  # noqa: E402

HOW_MANY = 10
SCOPES = ["models:read", "models:invoke"]
mark = secrets.token_hex(4)
home = Organisation.objects.order_by("created_at").first()
assert home is not None
other = Organisation.objects.create(name=f"Other {mark}", slug=f"other-{mark}")


def program(name: str, organisation: Organisation = home) -> dict[str, object]:
    """A service account and tokens of it."""
    made = create_service_account.execute(organisation, f"{name} {mark}")
    tokens = [issue_token.for_program(made.account, gateway_audience(), SCOPES).access for _ in range(HOW_MANY)]
    return {
        "id": str(made.account.pk), "client_id": made.account.client_id, "secret": made.client_secret, "tokens": tokens,
        "organisation": str(organisation.pk),
    }  # fmt: skip


def person(name: str) -> dict[str, object]:
    """A person with a session and tokens of it."""
    user = User.objects.create_user(f"{name}-{mark}")
    Membership.objects.create(user=user, organisation=home, role="developer")
    until = timezone.now() + timedelta(days=1)
    family = RefreshFamily.objects.create(
        user=user, organisation=home, audience=gateway_audience(), scopes=SCOPES, expires_at=until
    )
    session = str(family.pk)
    tokens = [issue_token.for_person(user, home, gateway_audience(), SCOPES, session).access for _ in range(HOW_MANY)]
    return {"id": str(user.pk), "tokens": tokens, "refresh": renew.successor(family, parent=None)}


def key() -> dict[str, object]:
    """An API key."""
    made = create_api_key.execute(home, f"key {mark}")
    return {"id": str(made.key.pk), "tokens": [made.plain]}


def issuer() -> dict[str, object]:
    """A trusted issuer and tokens of its own."""
    idp = Idp(f"https://idp-{secrets.token_hex(4)}.example")
    row = TrustedIssuer.objects.create(
        organisation=home, name="Idp", issuer=idp.issuer, audience=AUDIENCE, direct=True, algorithms=["ES256"],
        pinned_keys=json.dumps(idp.jwks()),
    )  # fmt: skip
    IssuerRule.objects.create(issuer=row, claim="groups", value="engineers", scopes=SCOPES)
    issued = int(time.time()) - 5
    return {"id": str(row.pk), "tokens": [idp.token(iat=issued, exp=issued + 3000) for _ in range(HOW_MANY)]}


made = {
    "jti": program("jti"), "client": program("client"), "switched off": program("off"), "policy": program("policy"),
    "tenant": program("tenant", other), "everything": program("all"), "signing key": program("signed"),
    "session": person("session"), "sessions": person("sessions"), "person": person("person"), "api key": key(),
    "issuer": issuer(), "subject": issuer(), "restart": program("restart"), "redis": program("redis"),
    "redis key": key(), "paused": program("paused"),
}  # fmt: skip
print("MADE" + json.dumps(made))
