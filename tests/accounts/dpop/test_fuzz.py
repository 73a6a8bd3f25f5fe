"""Whatever comes in the headers `Authorization` and `DPoP`: a refusal of its own kind, never a fault, never let in."""

import string
import time
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actions import issue_token
from accounts.actions.create_service_account import CreatedAccount
from accounts.authentication import GatewayAuthentication
from accounts.errors import GatehouseError
from accounts.ring import gateway_audience
from tests.accounts.oauth import asking
from tests.accounts.tokens.proofs import Prover

MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PATH, URL = "/v1/models", "http://testserver/v1/models"
SIGNS = string.ascii_letters + string.digits + "-_.=+/ ,;\"'\\"
JUNK: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.text(), max_size=2)
)
LATIN = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=200)


def refused(authorization: str, proof: str | None) -> None:
    """A refusal that a client is told of; anything else is a defect."""
    headers = {"authorization": authorization, **({} if proof is None else {"dpop": proof})}
    request: Any = SimpleNamespace(method="GET", raw_path=PATH, headers=headers, query_string=b"")
    with pytest.raises(GatehouseError) as caught:
        GatewayAuthentication().authenticate(request)
    assert caught.value.status_code in (400, 401, 429)


@pytest.fixture
def token(program: CreatedAccount, prover: Prover) -> str:
    """Bound to the prover's key."""
    made = issue_token.for_program(program.account, gateway_audience(), ["models:read"], prover.thumbprint)
    return made.access


def test_headers_of_any_kind(token: str, prover: Prover) -> None:
    @MANY
    @given(authorization=LATIN | LATIN.map("DPoP ".__add__) | st.just(f"DPoP {token}"), proof=st.none() | LATIN)
    def run(authorization: str, proof: str | None) -> None:
        refused(authorization, proof)

    run()


def test_a_proof_with_any_sign_changed(token: str, prover: Prover) -> None:
    good = prover.prove("GET", URL, token)

    @MANY
    @given(at=st.integers(0, len(good) - 1), sign=st.sampled_from(SIGNS))
    def run(at: int, sign: str) -> None:
        if good[at] != sign:
            refused(f"DPoP {token}", good[:at] + sign + good[at + 1 :])

    run()


def test_a_token_with_any_sign_changed(token: str, prover: Prover) -> None:
    @MANY
    @given(at=st.integers(0, len(token) - 1), sign=st.sampled_from(SIGNS))
    def run(at: int, sign: str) -> None:
        changed = token[:at] + sign + token[at + 1 :]
        if changed != token:
            refused(f"DPoP {changed}", prover.prove("GET", URL, changed))

    run()


def test_really_signed_proofs_of_any_content(token: str, prover: Prover) -> None:
    @MANY
    @given(
        header=st.dictionaries(st.sampled_from(["typ", "alg", "jwk", "kid", "crit", "b64"]), JUNK),
        claims=st.dictionaries(
            st.sampled_from(["htm", "htu", "iat", "jti", "ath", "nonce", "exp", "nbf"]), JUNK, min_size=1
        ),
    )
    def run(header: dict[str, Any], claims: dict[str, Any]) -> None:
        # What would be right by chance, or is nobody's business, is left out.
        wrong = {"htm": "POST"} if claims.keys() <= {"jti", "exp", "nbf", "nonce"} else {}
        said = {**prover.claims("GET", URL, token), "iat": int(time.time()), **claims, **wrong}
        refused(f"DPoP {token}", prover.signed({**prover.header(), **header}, said))

    run()


@pytest.mark.urls("accounts.urls")
def test_the_token_endpoint_answers_any_proof_with_an_error_of_its_own(program: CreatedAccount, prover: Prover) -> None:
    good = prover.prove("POST", "http://testserver/oauth/token")

    @MANY
    @given(
        proof=st.text(string.printable.replace("\n", "").replace("\r", ""), max_size=80)
        | st.tuples(st.integers(0, len(good) - 1), st.sampled_from(SIGNS)).map(
            lambda change: good[: change[0]] + change[1] + good[change[0] + 1 :]
        )
    )
    def run(proof: str) -> None:
        form = {"grant_type": "client_credentials"}
        answer = asking.post("/oauth/token", form, asking.of(program), HTTP_DPOP=proof)
        assert answer.status_code in (400, 429)
        assert answer.json()["error"] in ("invalid_dpop_proof", "use_dpop_nonce", "temporarily_unavailable")

    run()
