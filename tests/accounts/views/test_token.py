"""`/api/token/…`: signing in, renewing once, signing out."""

from typing import Any

import orjson
import pytest
from django.test import Client
from joserfc import jws

from accounts.identity import IdentitySnapshot
from accounts.models import Membership, RefreshFamily, RefreshToken, Role
from tests.accounts.conftest import Evidence
from tests.gateway_world import PASSWORD, World

pytestmark = pytest.mark.urls("accounts.urls")
WRONG = "a wrong but long password"


def post(path: str, **body: object) -> Any:
    """A JSON call."""
    return Client().post(path, body, content_type="application/json")


def signed_in(username: str = "bob", **more: object) -> dict[str, Any]:
    """A fresh pair."""
    answer = post("/api/token/", username=username, password=PASSWORD, **more)
    assert answer.status_code == 200, answer.content
    pair: dict[str, Any] = answer.json()
    return pair


def claims_of(access: str) -> dict[str, Any]:
    """What a token says, for looking at only."""
    claims: dict[str, Any] = orjson.loads(jws.extract_compact(access.encode()).payload)
    return claims


def test_a_person_gets_a_pair(people: World, identity: IdentitySnapshot, evidence: Evidence) -> None:
    pair = signed_in()
    claims = claims_of(pair["access"])
    assert claims["sub"] == people.bob.subject
    assert claims["aud"] == "http://testserver/v1"
    assert claims["tid"] == str(people.organisation.pk)
    assert set(claims["scope"].split()) == {"models:invoke", "models:read", "embeddings"}
    assert pair["refresh"].startswith("gthr_")
    assert b"auth.login.succeeded" in evidence()
    assert b"auth.token.issued" in evidence()


def test_no_secret_is_stored_or_put_on_record(people: World, evidence: Evidence) -> None:
    pair = signed_in()
    secret = pair["refresh"].split("_", 2)[2]
    assert secret.encode() not in evidence()
    assert pair["access"].encode() not in evidence()
    assert bytes(RefreshToken.objects.get().digest) != secret.encode()


def test_a_management_token_is_for_the_management_api(people: World) -> None:
    claims = claims_of(signed_in(audience="management")["access"])
    assert (claims["aud"], claims["scope"]) == ("http://testserver/api", "management")


def test_one_of_several_organisations_can_be_chosen(people: World) -> None:
    Membership.objects.create(user=people.bob, organisation=people.elsewhere, role=Role.DEVELOPER)
    assert claims_of(signed_in()["access"])["tid"] == str(people.organisation.pk)
    assert claims_of(signed_in(organisation="elsewhere")["access"])["tid"] == str(people.elsewhere.pk)


def test_another_tenants_organisation_cannot_be_chosen(people: World) -> None:
    assert post("/api/token/", username="bob", password=PASSWORD, organisation="elsewhere").status_code == 401


def test_every_refusal_looks_alike(people: World, evidence: Evidence) -> None:
    people.charlie.is_active = False
    people.charlie.save()
    Membership.objects.filter(user=people.alice).delete()
    tries = [("bob", WRONG), ("nobody", WRONG), ("charlie", PASSWORD), ("alice", PASSWORD)]
    answers = [post("/api/token/", username=name, password=password) for name, password in tries]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert evidence().count(b"auth.login.failed") == 4


def test_the_eleventh_failure_is_locked_out_in_the_apis_own_format(people: World) -> None:
    for _ in range(10):
        post("/api/token/", username="bob", password=WRONG)
    answer = post("/api/token/", username="bob", password=PASSWORD)
    assert answer.status_code == 429
    assert answer["content-type"] == "application/problem+json"
    assert int(answer["retry-after"]) > 0
    elsewhere = Client(REMOTE_ADDR="10.1.2.3")
    body = {"username": "bob", "password": PASSWORD}
    assert elsewhere.post("/api/token/", body, content_type="application/json").status_code == 200


def test_passwords_can_be_switched_off(people: World, settings: Any) -> None:
    settings.GATEHOUSE_PASSWORD_LOGIN = False
    assert post("/api/token/", username="bob", password=PASSWORD).status_code == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "bob"}, {"username": 1, "password": []}, {"username": "\x00", "password": "x"},
     {"username": "bob", "password": PASSWORD, "audience": "other"}, {"username": "b" * 200, "password": "x"},
     {"username": "bob", "password": PASSWORD, "organisation": "' OR 1=1"}],
)  # fmt: skip
def test_a_malformed_login_is_400(people: World, body: dict[str, object]) -> None:
    assert post("/api/token/", **body).status_code == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"\xff", b""])
def test_a_body_that_is_no_object_is_400(people: World, body: bytes) -> None:
    for path in ("", "refresh/", "verify/", "revoke/"):
        answer = Client().post(f"/api/token/{path}", body, content_type="application/json")
        assert answer.status_code == 400


def test_o2_no_answer_is_stored(people: World) -> None:
    answer = post("/api/token/", username="bob", password=PASSWORD)
    assert answer["cache-control"] == "no-store"
    renewed = post("/api/token/refresh/", refresh=answer.json()["refresh"])
    assert renewed["cache-control"] == "no-store"


def test_a_refresh_token_works_once(people: World, evidence: Evidence) -> None:
    pair = signed_in()
    renewed = post("/api/token/refresh/", refresh=pair["refresh"])
    assert renewed.status_code == 200
    assert renewed.json()["refresh"] != pair["refresh"]
    assert claims_of(renewed.json()["access"])["sid"] == claims_of(pair["access"])["sid"]
    assert b"auth.token.refreshed" in evidence()


def test_o17_using_one_twice_ends_the_family(people: World, identity: IdentitySnapshot, evidence: Evidence) -> None:
    pair = signed_in()
    successor = post("/api/token/refresh/", refresh=pair["refresh"]).json()
    assert post("/api/token/refresh/", refresh=pair["refresh"]).status_code == 401
    assert post("/api/token/refresh/", refresh=successor["refresh"]).status_code == 401
    assert RefreshFamily.objects.get().revoked_because == "reuse"
    assert b"auth.session.revoked" in evidence()
    identity.load()
    assert post("/api/token/verify/", token=successor["access"]).status_code == 401


@pytest.mark.parametrize("secret", ["gthr_", "gthr_x_y", f"gthr_{'0' * 32}_{'a' * 43}", "garbage", "é", "a" * 256])
def test_an_unknown_refresh_token_is_refused(people: World, secret: str) -> None:
    assert post("/api/token/refresh/", refresh=secret).status_code == 401


def test_the_secret_belongs_to_its_row(people: World) -> None:
    bobs, charlies = signed_in()["refresh"], signed_in("charlie")["refresh"]
    mixed = f"{bobs.rpartition('_')[0]}_{charlies.rpartition('_')[2]}"
    assert post("/api/token/refresh/", refresh=mixed).status_code == 401
    assert post("/api/token/refresh/", refresh=bobs).status_code == 200


def test_a_person_who_was_disabled_renews_nothing(people: World) -> None:
    pair = signed_in()
    people.bob.is_active = False
    people.bob.save()
    assert post("/api/token/refresh/", refresh=pair["refresh"]).status_code == 401


def test_verify_tells_whether_an_access_token_holds(people: World, identity: IdentitySnapshot) -> None:
    pair = signed_in()
    assert post("/api/token/verify/", token=pair["access"]).status_code == 200
    assert post("/api/token/verify/", token=pair["access"] + "x").status_code == 401


def test_b11_a_refresh_token_is_no_access_token(people: World, identity: IdentitySnapshot) -> None:
    assert post("/api/token/verify/", token=signed_in()["refresh"]).status_code == 401


def test_signing_out_ends_the_session(people: World, identity: IdentitySnapshot) -> None:
    pair = signed_in()
    assert post("/api/token/revoke/", refresh=pair["refresh"]).status_code == 200
    identity.load()
    assert post("/api/token/refresh/", refresh=pair["refresh"]).status_code == 401
    assert post("/api/token/verify/", token=pair["access"]).status_code == 401


def test_signing_out_of_nothing_is_answered_alike(people: World) -> None:
    assert post("/api/token/revoke/", refresh="gthr_unknown").status_code == 200
