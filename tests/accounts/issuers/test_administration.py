"""Trusted issuers in the admin and at `/api/v1/`: made, changed, ended, each on record, tenant by tenant."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import IssuerRule, Membership, Revocation, Role, TrustedIssuer, User
from tests.accounts.conftest import Evidence
from tests.accounts.issuers.conftest import trusted
from tests.accounts.issuers.idp import AUDIENCE, Idp
from tests.gateway_world import World

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def owner(people: World) -> Client:
    """Alice's browser."""
    client = Client()
    client.force_login(people.alice, BACKEND)
    return client


def form(people: World, **changed: Any) -> dict[str, Any]:
    """What is sent for a new trust with one rule."""
    rule = {
        "rules-TOTAL_FORMS": 1, "rules-INITIAL_FORMS": 0, "rules-0-claim": "groups", "rules-0-value": "engineers",
        "rules-0-scopes": ["models:invoke"],
    }  # fmt: skip
    given = {
        "organisation": people.organisation.pk, "name": "Idp", "issuer": "https://idp.example", "audience": AUDIENCE,
        "is_active": "on", "algorithms": ["RS256"], "types": ["jwt"], "longest_seconds": 3600,
    }  # fmt: skip
    return {**given, **rule, **changed}


def test_an_owner_makes_one_with_a_rule(people: World, owner: Client, evidence: Evidence) -> None:
    assert owner.get("/admin/accounts/trustedissuer/add/").status_code == 200
    answer = owner.post("/admin/accounts/trustedissuer/add/", form(people))
    assert answer.status_code == 302, answer.content.decode()[:3000]
    row = TrustedIssuer.objects.get()
    assert (row.types, row.direct, row.rules.get().value) == (["jwt"], False, "engineers")
    for name in (b"admin.trusted_issuer.created", b"admin.issuer_rule.created"):
        assert name in evidence()
    page = owner.get(f"/admin/accounts/trustedissuer/{row.pk}/change/").content.decode()
    assert "none yet" in page


def test_a_row_that_cannot_be_safe_is_refused_with_a_sentence(people: World, owner: Client) -> None:
    answer = owner.post("/admin/accounts/trustedissuer/add/", form(people, issuer="http://169.254.169.254"))
    assert answer.status_code == 200
    assert "This deployment does not allow that target" in answer.content.decode()
    assert not TrustedIssuer.objects.exists()


def test_the_tokens_of_a_subject_are_ended_in_the_form(
    people: World, owner: Client, idp: Idp, evidence: Evidence
) -> None:
    row = trusted(people, idp)
    rule = row.rules.get()
    changed = form(
        people, issuer=idp.issuer, end_subject="alice@idp", pinned_keys=row.pinned_keys, algorithms=["ES256"]
    )
    changed |= {"rules-INITIAL_FORMS": 1, "rules-0-id": rule.pk, "rules-0-issuer": row.pk}
    answer = owner.post(f"/admin/accounts/trustedissuer/{row.pk}/change/", changed)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert Revocation.objects.get().value == f"ext:{row.pk}:alice@idp"
    assert b"admin.revocation.created" in evidence()


def test_fetching_now_says_what_is_wrong(people: World, owner: Client, idp: Idp) -> None:
    row = trusted(people, idp, pinned_keys="")
    action = {"action": "fetch_keys", "_selected_action": [row.pk]}
    page = owner.post("/admin/accounts/trustedissuer/", action, follow=True).content.decode()
    assert "could not be read" in page
    answer = owner.post(f"/api/v1/trusted-issuers/{row.pk}/fetch_keys", content_type="application/json").json()
    assert (answer["keys"], bool(answer["problem"])) == (0, True)


def test_the_api_makes_changes_and_ends(people: World, owner: Client, evidence: Evidence) -> None:
    given = {"name": "Idp", "issuer": "https://idp.example", "audience": AUDIENCE, "types": ["jwt"], "direct": True}
    made = owner.post("/api/v1/trusted-issuers", given, content_type="application/json")
    assert made.status_code == 201, made.content
    one = f"/api/v1/trusted-issuers/{made.json()['id']}"
    rule = {"issuer": made.json()["id"], "claim": "groups", "value": "engineers", "scopes": ["models:invoke"]}
    ruled = owner.post("/api/v1/issuer-rules", rule, content_type="application/json")
    assert ruled.status_code == 201, ruled.content
    assert owner.patch(one, {"direct": False}, content_type="application/json").json()["direct"] is False
    ended = owner.post(f"{one}/end_subject", {"subject": "a", "reason": "left"}, content_type="application/json")
    assert ended.status_code == 204
    assert Revocation.objects.get().value.endswith(":a")
    assert owner.get("/api/v1/issuer-rules", {"claim": "groups"}).json()["items"]
    assert owner.delete(f"/api/v1/issuer-rules/{ruled.json()['id']}").status_code == 204
    assert owner.delete(one).status_code == 204
    for name in (b"admin.trusted_issuer.created", b"admin.trusted_issuer.deleted", b"admin.issuer_rule.deleted"):
        assert name in evidence()


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "ftp://x"}, {"algorithms": ["HS256"]}, {"types": ["dpop+jwt"]}, {"longest_seconds": 1},
        {"required_claims": "x"}, {"pinned_keys": "no key"},
    ],
)  # fmt: skip
def test_the_api_refuses_bad_input(owner: Client, wrong: dict[str, Any]) -> None:
    given = {"name": "Idp", "issuer": "https://idp.example", "audience": AUDIENCE, **wrong}
    answer = owner.post("/api/v1/trusted-issuers", given, content_type="application/json")
    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")


def test_another_tenants_issuer_does_not_exist(people: World, idp: Idp) -> None:
    row = trusted(people, idp)
    stranger = Client()
    stranger.force_login(people.charlie, BACKEND)
    assert stranger.get(f"/api/v1/trusted-issuers/{row.pk}").status_code == 404
    assert stranger.get(f"/api/v1/issuer-rules/{row.rules.get().pk}").status_code == 404
    assert stranger.get(f"/admin/accounts/trustedissuer/{row.pk}/change/").status_code == 404
    rule = {"issuer": str(row.pk), "claim": "sub", "value": "me"}
    assert stranger.post("/api/v1/issuer-rules", rule, content_type="application/json").status_code == 400
    end = {"subject": "a", "reason": "x"}
    assert (
        stranger.post(f"/api/v1/trusted-issuers/{row.pk}/end_subject", end, content_type="application/json").status_code
        == 404
    )
    assert IssuerRule.objects.count() == 1


def test_a_developer_trusts_nobody(people: World) -> None:
    client = Client()
    client.force_login(people.bob, BACKEND)
    assert client.get("/admin/accounts/trustedissuer/").status_code == 403
    assert client.get("/api/v1/trusted-issuers").status_code == 403
    auditor = User.objects.create_user("auditor")
    Membership.objects.create(user=auditor, organisation=people.organisation, role=Role.AUDITOR)
    client.force_login(auditor, BACKEND)
    assert client.get("/api/v1/trusted-issuers").status_code == 200
    assert client.post("/api/v1/trusted-issuers", {}, content_type="application/json").status_code == 403
