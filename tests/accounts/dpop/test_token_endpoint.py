"""`/oauth/token` and `/api/token/` with DPoP proofs (RFC 9449 §5, §8; SECURITY O16, 5.7)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from redis import Redis

from accounts.actions.create_service_account import CreatedAccount
from accounts.identity import IdentitySnapshot
from accounts.models import RefreshFamily, RefreshToken
from accounts.oauth import exchange_form
from tests.accounts.conftest import Evidence
from tests.accounts.oauth import asking
from tests.accounts.tokens.proofs import Prover
from tests.accounts.views.test_token import claims_of
from tests.gateway_world import PASSWORD, World

pytestmark = [pytest.mark.processes, pytest.mark.urls("accounts.urls"), pytest.mark.usefixtures("store", "identity")]
URL = "http://testserver/oauth/token"


def nonce_of(answer: Any) -> str:
    """The nonce that an answer gives for the next proof."""
    return str(answer["DPoP-Nonce"])


def fresh_nonce(prover: Prover) -> str:
    """As a client gets its first one."""
    answer = asked({"grant_type": "refresh_token"}, prover.prove("POST", URL))
    return nonce_of(answer)


def asked(form: dict[str, str], proof: str | None, authorization: str | None = None) -> Any:
    """The answer to a form with a proof."""
    headers = {} if proof is None else {"HTTP_DPOP": proof}
    return asking.post("/oauth/token", form, authorization, **headers)


def credentials(program: CreatedAccount, proof: str | None) -> Any:
    """The answer to a client credentials request."""
    return asked({"grant_type": "client_credentials"}, proof, asking.of(program))


def bound(program: CreatedAccount, prover: Prover) -> str:
    """A token of the program, bound to the key."""
    proof = prover.prove("POST", URL, nonce=fresh_nonce(prover))
    return str(credentials(program, proof).json()["access_token"])


def refusal(answer: Any) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, answer.json()["error"]


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "RS256"])
def test_a_program_gets_a_token_that_is_bound_to_its_key(program: CreatedAccount, alg: str, evidence: Evidence) -> None:
    prover = Prover(alg)
    answer = credentials(program, prover.prove("POST", URL, nonce=fresh_nonce(prover)))
    assert answer.status_code == 200, answer.content
    assert answer.json()["token_type"] == "DPoP"
    assert claims_of(answer.json()["access_token"])["cnf"] == {"jkt": prover.thumbprint}
    assert nonce_of(answer)
    assert prover.thumbprint.encode() in evidence()


def test_without_a_proof_it_is_a_bearer_token_as_before(program: CreatedAccount) -> None:
    answer = credentials(program, None)
    assert answer.json()["token_type"] == "Bearer"
    assert "cnf" not in claims_of(answer.json()["access_token"])
    assert "DPoP-Nonce" not in answer


def test_o16_a_proof_without_our_nonce_is_answered_400_and_given_one(program: CreatedAccount, prover: Prover) -> None:
    for nonce in (..., "someone-elses", "AAAA"):
        answer = credentials(program, prover.prove("POST", URL, nonce=nonce))
        assert refusal(answer) == (400, "use_dpop_nonce")
        assert answer["cache-control"] == "no-store"
    assert credentials(program, prover.prove("POST", URL, nonce=nonce_of(answer))).status_code == 200


def test_o16_a_nonce_may_be_switched_off_and_one_that_is_sent_is_still_checked(
    program: CreatedAccount, prover: Prover, settings: Any
) -> None:
    settings.GATEHOUSE_DPOP_NONCE = "off"
    assert credentials(program, prover.prove("POST", URL)).status_code == 200
    assert refusal(credentials(program, prover.prove("POST", URL, nonce="wrong"))) == (400, "use_dpop_nonce")


def test_o16_a_proof_works_once(program: CreatedAccount, prover: Prover) -> None:
    proof = prover.prove("POST", URL, nonce=fresh_nonce(prover))
    assert credentials(program, proof).status_code == 200
    assert refusal(credentials(program, proof)) == (400, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "changed",
    [
        {"htm": "GET"}, {"htm": "post"}, {"htu": "http://elsewhere/oauth/token"}, {"htu": "http://testserver/oauth"},
        {"iat": 1}, {"iat": "now"}, {"jti": ...}, {"jti": "x" * 257}, {"nonce": 7},
    ],
)  # fmt: skip
def test_o16_a_proof_that_is_not_of_this_call_is_refused(
    program: CreatedAccount, prover: Prover, changed: dict[str, Any], evidence: Evidence
) -> None:
    proof = prover.prove("POST", URL, **{"nonce": fresh_nonce(prover), **changed})
    assert refusal(credentials(program, proof)) == (400, "invalid_dpop_proof")
    assert b"invalid_dpop_proof" in evidence()


def test_o16_two_proofs_are_one_too_many(program: CreatedAccount, prover: Prover) -> None:
    nonce = fresh_nonce(prover)
    two = ",".join(prover.prove("POST", URL, nonce=nonce) for _ in range(2))
    for header in (two, f"{two.split(',')[0]},", ""):
        assert refusal(credentials(program, header)) == (400, "invalid_dpop_proof")


def test_o16_where_the_store_is_away_no_proof_is_believed(
    program: CreatedAccount, prover: Prover, settings: Any
) -> None:
    nonce = fresh_nonce(prover)
    settings.REDIS_URL = "redis://127.0.0.1:1"
    answer = credentials(program, prover.prove("POST", URL, nonce=nonce))
    assert refusal(answer) == (503, "temporarily_unavailable")
    assert credentials(program, None).status_code == 200


@pytest.mark.parametrize("whose", ["program", "organisation"])
def test_policy_gives_no_token_without_a_proof(program: CreatedAccount, prover: Prover, whose: str) -> None:
    row = program.account if whose == "program" else program.account.organisation
    row.dpop_required = True
    row.save()
    assert refusal(credentials(program, None)) == (400, "invalid_dpop_proof")
    proof = prover.prove("POST", URL, nonce=fresh_nonce(prover))
    assert credentials(program, proof).json()["token_type"] == "DPoP"


def sign_in(prover: Prover | None, **changed: Any) -> Any:
    """`/api/token/` by Bob."""
    headers = {}
    if prover is not None:
        headers["HTTP_DPOP"] = prover.prove("POST", "http://testserver/api/token/", nonce=fresh_nonce(prover))
    body = {"username": "bob", "password": PASSWORD, **changed}
    return Client().post("/api/token/", body, content_type="application/json", **headers)


def refresh(token: str, prover: Prover | None) -> Any:
    """A refresh by Gatehouse's own sign-in."""
    form = {"grant_type": "refresh_token", "client_id": "password-login", "refresh_token": token}
    return asked(form, None if prover is None else prover.prove("POST", URL, nonce=fresh_nonce(prover)))


def test_o16_a_session_is_bound_to_the_key_that_it_began_with(people: World, prover: Prover) -> None:
    pair = sign_in(prover).json()
    assert pair["token_type"] == "DPoP"
    assert claims_of(pair["access"])["cnf"] == {"jkt": prover.thumbprint}
    for thief in (None, Prover()):
        assert refresh(pair["refresh"], thief).json()["error"] in ("invalid_grant", "invalid_dpop_proof")
    assert RefreshFamily.objects.get().revoked_at is None, "a thief without the key ends nobody's session"
    renewed = refresh(pair["refresh"], prover)
    assert renewed.json()["token_type"] == "DPoP"
    assert refresh(renewed.json()["refresh_token"], prover).status_code == 200


def test_an_unbound_session_is_bound_by_the_first_proof(people: World, prover: Prover) -> None:
    pair = sign_in(None).json()
    assert pair["token_type"] == "Bearer"
    renewed = refresh(pair["refresh"], prover).json()
    assert refresh(renewed["refresh_token"], None).status_code == 400
    assert refresh(renewed["refresh_token"], prover).status_code == 200


def test_the_session_endpoints_of_people_ask_for_the_nonce_in_their_own_way(people: World, prover: Prover) -> None:
    body = {"username": "bob", "password": PASSWORD}
    proof = prover.prove("POST", "http://testserver/api/token/")
    answer = Client().post("/api/token/", body, content_type="application/json", HTTP_DPOP=proof)
    assert (answer.status_code, answer.json()["code"]) == (400, "use_dpop_nonce")
    pair = sign_in(prover).json()
    proof = prover.prove("POST", "http://testserver/api/token/refresh/", nonce=nonce_of(answer))
    renew = {"refresh": pair["refresh"]}
    renewed = Client().post("/api/token/refresh/", renew, content_type="application/json", HTTP_DPOP=proof)
    assert (renewed.status_code, renewed.json()["token_type"]) == (200, "DPoP")


def test_reuse_of_a_bound_refresh_token_ends_the_session(people: World, prover: Prover) -> None:
    first = sign_in(prover).json()["refresh"]
    refresh(first, prover)
    assert refresh(first, prover).json()["error"] == "invalid_grant"
    assert RefreshFamily.objects.get().revoked_because == "reuse"


def test_policy_lets_nobody_sign_in_or_renew_without_a_proof(people: World, prover: Prover) -> None:
    before = sign_in(None).json()["refresh"]
    people.organisation.dpop_required = True
    people.organisation.save()
    assert sign_in(None).json()["code"] == "invalid_dpop_proof"
    assert refresh(before, None).json()["error"] == "invalid_dpop_proof"
    assert RefreshToken.objects.filter(used_at__isnull=False).count() == 0
    assert sign_in(prover).status_code == 200


def exchange(subject: str, prover: Prover | None, kind: str = exchange_form.ACCESS_TOKEN) -> Any:
    """An exchange of a token or a key."""
    form = {"grant_type": exchange_form.GRANT, "subject_token": subject, "subject_token_type": kind}
    return asked(form, None if prover is None else prover.prove("POST", URL, nonce=fresh_nonce(prover)))


def test_an_api_key_is_exchanged_for_a_bound_token(people: World, prover: Prover) -> None:
    answer = exchange(people.key, prover, exchange_form.API_KEY)
    assert answer.json()["token_type"] == "DPoP"
    assert claims_of(answer.json()["access_token"])["cnf"] == {"jkt": prover.thumbprint}


def test_a_stolen_bound_token_is_exchanged_by_nobody_but_the_holder_of_its_key(
    program: CreatedAccount, prover: Prover
) -> None:
    token = bound(program, prover)
    assert refusal(exchange(token, None)) == (400, "invalid_dpop_proof")
    assert refusal(exchange(token, Prover())) == (400, "invalid_request")
    assert claims_of(exchange(token, prover).json()["access_token"])["cnf"] == {"jkt": prover.thumbprint}


def test_policy_of_the_organisation_holds_for_exchanges(
    people: World, prover: Prover, identity: IdentitySnapshot
) -> None:
    people.organisation.dpop_required = True
    people.organisation.save()
    identity.load()
    assert refusal(exchange(people.key, None, exchange_form.API_KEY)) == (400, "invalid_dpop_proof")
    assert exchange(people.key, prover, exchange_form.API_KEY).status_code == 200


def test_introspection_says_that_a_token_is_bound(program: CreatedAccount, prover: Prover) -> None:
    told = asking.post("/oauth/introspect", {"token": bound(program, prover)}, asking.of(program)).json()
    assert (told["active"], told["token_type"]) == (True, "DPoP")
    assert told["cnf"] == {"jkt": prover.thumbprint}


def test_revocation_needs_no_proof(program: CreatedAccount, prover: Prover) -> None:
    assert asking.post("/oauth/revoke", {"token": bound(program, prover)}, asking.of(program)).status_code == 200


def test_a_nonce_is_good_for_ten_minutes_at_most(
    program: CreatedAccount, prover: Prover, monkeypatch: pytest.MonkeyPatch, store: Redis
) -> None:
    nonce = fresh_nonce(prover)
    later = (timezone.now() + timedelta(minutes=11)).timestamp()
    monkeypatch.setattr("accounts.possession.time.time", lambda: later)
    answer = credentials(program, prover.prove("POST", URL, nonce=nonce, iat=int(later)))
    assert refusal(answer) == (400, "use_dpop_nonce")
