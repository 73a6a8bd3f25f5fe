"""The data plane with bound tokens (RFC 9449 §7; SECURITY O16, 5.7): one negative case a clause."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from accounts.actions import issue_token
from accounts.actions.create_service_account import CreatedAccount
from accounts.apps import AccountsConfig
from accounts.ring import gateway_audience
from accounts.seen_proofs import SeenProofs
from accounts.shared_store import SharedStore
from llmproxy.apps import LlmproxyConfig
from tests.accounts.tokens.proofs import Prover
from tests.asgi_client import Answer, AsgiClient
from tests.gateway_world import World

pytestmark = pytest.mark.processes
PATH = "/v1/models"
URL = f"http://testserver{PATH}"
CHAT = {"model": "public", "messages": [{"role": "user", "content": "hello"}]}


async def in_thread(act: Callable[[], Any]) -> Any:
    """What `act` gives, with the database."""

    def done() -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    return await sync_to_async(done, thread_sensitive=True)()


async def token_of(program: CreatedAccount, thumbprint: str | None) -> str:
    """A token, bound to the key with this thumbprint."""
    account = program.account
    scopes = ["models:invoke", "models:read"]
    made = await in_thread(lambda: issue_token.for_program(account, gateway_audience(), scopes, thumbprint))
    return str(made.access)


@pytest.fixture
async def token(robot: CreatedAccount, prover: Prover) -> str:
    """Bound to the prover's key."""
    return await token_of(robot, prover.thumbprint)


async def call(plane: AsgiClient, token: str, *proofs: str, scheme: str = "DPoP", path: str = PATH) -> Answer:
    """A call with a token and whatever proofs."""
    headers = [("authorization", f"{scheme} {token}"), *(("dpop", proof) for proof in proofs)]
    return await plane.get(path, headers=headers)


def refused(answer: Answer, error: str = "invalid_dpop_proof") -> None:
    """401, with the challenge of the scheme that was tried."""
    assert answer.status == 401, answer.body
    challenge = answer.headers["www-authenticate"]
    assert f'DPoP algs="ES256 Ed25519 EdDSA PS256 RS256", error="{error}"' in challenge
    assert challenge.startswith('Bearer realm="gatehouse"')
    assert "resource_metadata=" in challenge


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "RS256"])
async def test_a_bound_token_with_a_proof_gets_in(plane: AsgiClient, robot: CreatedAccount, alg: str) -> None:
    prover = Prover(alg)
    token = await token_of(robot, prover.thumbprint)
    answer = await call(plane, token, prover.prove("GET", URL, token))
    assert answer.status == 200, answer.body
    assert {model["id"] for model in answer.json()["data"]} == {"public", "vectors"}


async def test_a_model_is_called_with_a_bound_token(plane: AsgiClient, token: str, prover: Prover) -> None:
    proof = prover.prove("POST", "http://testserver/v1/chat/completions", token)
    headers = [("authorization", f"DPoP {token}"), ("dpop", proof), ("content-type", "application/json")]
    answer = await plane.post("/v1/chat/completions", CHAT, headers=headers)
    assert answer.status == 200, answer.body


async def test_o16_the_stolen_token_alone_is_refused(plane: AsgiClient, token: str) -> None:
    refused(await call(plane, token))
    answer = await call(plane, token, scheme="Bearer")
    assert answer.status == 401
    assert 'Bearer realm="gatehouse", error="invalid_token"' in answer.headers["www-authenticate"]


async def test_o16_a_bound_token_as_bearer_is_refused_even_with_a_proof(
    plane: AsgiClient, token: str, prover: Prover
) -> None:
    for scheme in ("Bearer", "bearer"):
        assert (await call(plane, token, prover.prove("GET", URL, token), scheme=scheme)).status == 401
    for header in ("x-api-key", "api-key", "x-goog-api-key"):
        headers = [(header, token), ("dpop", prover.prove("GET", URL, token))]
        assert (await plane.get(PATH, headers=headers)).status == 401


async def test_o16_an_unbound_credential_under_the_scheme_is_refused(
    plane: AsgiClient, robot: CreatedAccount, prover: Prover, world: World
) -> None:
    unbound = await token_of(robot, None)
    for credential in (unbound, world.key):
        refused(await call(plane, credential, prover.prove("GET", URL, credential)), "invalid_token")
    assert (await call(plane, unbound, scheme="Bearer")).status == 200


async def test_o16_a_proof_works_once(plane: AsgiClient, token: str, prover: Prover) -> None:
    proof = prover.prove("GET", URL, token)
    assert (await call(plane, token, proof)).status == 200
    refused(await call(plane, token, proof))


async def test_o16_one_proof_only(plane: AsgiClient, token: str, prover: Prover) -> None:
    proofs = [prover.prove("GET", URL, token) for _ in range(2)]
    assert (await call(plane, token, *proofs)).status == 400
    refused(await call(plane, token, ",".join(proofs)))


@pytest.mark.parametrize(
    "changed",
    [
        {"htm": "POST"}, {"htm": "get"}, {"htu": "http://elsewhere/v1/models"}, {"htu": "http://testserver/v1/chat"},
        {"htu": "http://testserver/v1/model%73x"}, {"iat": 1}, {"iat": 4_000_000_000}, {"iat": True}, {"jti": ...},
        {"jti": ""}, {"jti": "x" * 257}, {"ath": ...}, {"ath": "AAAA"}, {"nonce": 7}, {"exp": 1},
    ],
)  # fmt: skip
async def test_o16_a_proof_that_is_not_of_this_call_is_refused(
    plane: AsgiClient, token: str, prover: Prover, changed: dict[str, Any]
) -> None:
    refused(await call(plane, token, prover.prove("GET", URL, token, **changed)))


@pytest.mark.parametrize(
    "changed", [{"typ": "JWT"}, {"typ": ...}, {"alg": "none"}, {"alg": "HS256"}, {"jwk": ...}, {"kid": "x"}]
)
async def test_o16_a_proof_with_another_header_is_refused(
    plane: AsgiClient, token: str, prover: Prover, changed: dict[str, Any]
) -> None:
    refused(await call(plane, token, prover.signed(prover.header(**changed), prover.claims("GET", URL, token))))


async def test_o16_the_key_is_the_one_that_the_token_names(plane: AsgiClient, token: str) -> None:
    refused(await call(plane, token, Prover().prove("GET", URL, token)))


async def test_o16_the_address_is_ours_whatever_the_host_header_says(
    plane: AsgiClient, token: str, prover: Prover
) -> None:
    proof = prover.prove("GET", f"http://evil.example{PATH}", token)
    headers = [("authorization", f"DPoP {token}"), ("dpop", proof), ("host", "evil.example")]
    refused(await plane.get(PATH, headers=headers))


async def test_o16_query_and_fragment_do_not_count(plane: AsgiClient, token: str, prover: Prover) -> None:
    for url in (f"{URL}?a=1", f"{URL}#top", "HTTP://TESTSERVER:80/v1/%6dodels"):
        assert (await call(plane, token, prover.prove("GET", url, token), path=f"{PATH}?b=2")).status == 200


async def test_o16_a_nonce_is_asked_for_where_the_installation_says_so(
    plane: AsgiClient, token: str, prover: Prover, settings: Any
) -> None:
    refused(await call(plane, token, prover.prove("GET", URL, token, nonce="not-ours")), "use_dpop_nonce")
    settings.GATEHOUSE_DPOP_NONCE = "always"
    answer = await call(plane, token, prover.prove("GET", URL, token))
    refused(answer, "use_dpop_nonce")
    nonce = answer.headers["dpop-nonce"]
    assert (await call(plane, token, prover.prove("GET", URL, token, nonce=nonce))).status == 200


async def test_o16_the_token_is_looked_at_before_the_proof(plane: AsgiClient, token: str, prover: Prover) -> None:
    broken = f"{token[:-4]}AAAA"
    refused(await call(plane, broken, prover.prove("GET", URL, broken)), "invalid_token")


async def test_where_the_store_is_away_bound_tokens_wait_and_others_go_on(
    plane: AsgiClient, token: str, prover: Prover, world: World
) -> None:
    runtime = LlmproxyConfig.current().runtime
    before, runtime.proofs = runtime.proofs, SeenProofs(SharedStore("redis://127.0.0.1:1"))
    answer = await call(plane, token, prover.prove("GET", URL, token))
    assert (answer.status, answer.json()["error"]["code"]) == (503, "identity_unavailable")
    assert (await plane.bearing(world.key).get(PATH)).status == 200
    runtime.proofs = before


async def test_a_bound_call_asks_the_database_nothing(
    plane: AsgiClient, token: str, prover: Prover, database_calls: list[str]
) -> None:
    for _ in range(2):
        assert (await call(plane, token, prover.prove("GET", URL, token))).status == 200
    assert database_calls == []


@pytest.mark.parametrize("whose", ["program", "organisation"])
async def test_policy_refuses_what_is_not_bound(
    plane: AsgiClient, robot: CreatedAccount, prover: Prover, world: World, whose: str
) -> None:
    unbound, bound = await token_of(robot, None), await token_of(robot, prover.thumbprint)

    def demanded() -> None:
        row = robot.account if whose == "program" else world.organisation
        row.dpop_required = True
        row.save()
        AccountsConfig.current().watcher.poll()

    assert (await plane.bearing(unbound).get(PATH)).status == 200
    await in_thread(demanded)
    answer = await plane.bearing(unbound).get(PATH)
    assert (answer.status, answer.json()["error"]["code"]) == (401, "invalid_token")
    assert "DPoP" in answer.json()["error"]["message"]
    assert (await plane.bearing(world.key).get(PATH)).status == (200 if whose == "program" else 401)
    assert (await plane.bearing(world.strangers_key).get(PATH)).status == 200
    assert (await call(plane, bound, prover.prove("GET", URL, bound))).status == 200


async def test_why_a_proof_was_refused_is_on_record_and_not_in_the_answer(
    plane: AsgiClient, token: str, evidence: Callable[[], bytes]
) -> None:
    answer = await call(plane, token, Prover().prove("GET", URL, token))
    assert b"dpop_key" not in answer.body
    assert b"dpop_key" in await in_thread(evidence)


async def test_a_stranger_is_told_of_both_schemes(plane: AsgiClient) -> None:
    challenge = (await plane.get(PATH)).headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="gatehouse", resource_metadata=')
    assert 'DPoP algs="ES256' in challenge
    assert "error=" not in challenge
