"""A trusted issuer's token exchanged for one of ours, which ends with it (SECURITY 5.9, O14)."""

import time
from typing import Any

import pytest

from accounts.actions import end_tokens, suspend_organisation
from accounts.identity import IdentitySnapshot
from accounts.identity.verified import principal_of_token
from accounts.models import IssuerRule, TrustedIssuer
from accounts.oauth import exchange_form
from accounts.principal import Principal
from accounts.ring import gateway_verifier
from accounts.tokens.errors import TokenRefused
from tests.accounts.issuers.idp import Idp
from tests.accounts.oauth import asking
from tests.accounts.views.test_token import claims_of
from tests.gateway_world import World

pytestmark = pytest.mark.urls("accounts.urls")


def exchange(token: str, **more: str) -> Any:
    """The answer."""
    form = {"grant_type": exchange_form.GRANT, "subject_token": token, "subject_token_type": exchange_form.JWT, **more}
    return asking.post("/oauth/token", form)


def given(token: str, **more: str) -> str:
    """The new token."""
    answer = exchange(token, **more)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def principal(token: str, identity: IdentitySnapshot) -> Principal:
    """Whom it stands for."""
    return principal_of_token(token, identity, gateway_verifier())


def test_it_gives_a_token_of_ours(trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot) -> None:
    TrustedIssuer.objects.update(direct=False)
    identity.load()
    found = principal(given(idp.token(), scope="models:read", models="small"), identity)
    assert (found.kind, found.subject) == ("external", f"ext:{trust.pk}:alice@idp")
    assert (found.scopes, found.models) == ({"models:read"}, {"small"})


def test_it_is_never_wider_and_lives_no_longer(trust: TrustedIssuer, idp: Idp) -> None:
    assert exchange(idp.token(), scope="embeddings").json()["error"] == "invalid_scope"
    assert exchange(idp.token(), audience="http://testserver/api").json()["error"] == "invalid_target"
    soon = int(time.time()) + 90
    assert claims_of(given(idp.token(exp=soon)))["exp"] <= soon


def test_what_does_not_hold_is_not_exchanged(trust: TrustedIssuer, idp: Idp) -> None:
    for token in (Idp().token(), idp.token(groups=[]), idp.token({"typ": "JWT"}), idp.token(nonce="n"), "a.b.c"):
        answer = exchange(token)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("end", ["off", "tenant", "rule", "subject", "jti", "everything"])
def test_it_ends_with_what_it_came_from(
    people: World, trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot, end: str
) -> None:
    token = given(idp.token(jti="one"))
    again = given(token)
    for one in (token, again):
        assert principal(one, identity)
    match end:
        case "off":
            TrustedIssuer.objects.update(is_active=False)
        case "tenant":
            suspend_organisation.execute(people.organisation)
            suspend_organisation.execute(people.organisation, active=True)
        case "rule":
            IssuerRule.objects.all().delete()
        case "subject":
            end_tokens.of_subject(trust, "alice@idp", reason="left")
        case "jti":
            end_tokens.one("one", issuer=idp.issuer, reason="lost")
        case "everything":
            end_tokens.everything(reason="drill")
    identity.load()
    for one in (token, again):
        with pytest.raises(TokenRefused):
            principal(one, identity)


def test_a_rule_that_gives_less_now_takes_it_from_tokens_that_are_out(
    trust: TrustedIssuer, idp: Idp, identity: IdentitySnapshot
) -> None:
    token = given(idp.token())
    assert principal(token, identity).scopes == {"models:invoke", "models:read"}
    IssuerRule.objects.update(scopes=["models:read"])
    identity.load()
    assert principal(token, identity).scopes == {"models:read"}
