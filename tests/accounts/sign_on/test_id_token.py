"""ID tokens: every clause of OpenID Connect Core §3.1.3.7 that is ours to check, and what attackers try."""

import json
import time
from typing import Any

import pytest

from accounts.tokens.client_key import ClientKey
from accounts.tokens.errors import TokenRefused
from accounts.tokens.id_token import Expected, verified_id_token
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.tokens.forge import encoded, signature_of

EXPECTED = Expected("https://login.example.com", "gatehouse", "n-0S6_WzA2Mj")
KEYS = {alg: SigningKeyPair.generate(alg) for alg in ("ES256", "RS256", "Ed25519")}
PUBLIC = [ClientKey.from_jwk({**pair.public_jwk(), "kid": pair.kid}) for pair in KEYS.values()]


def token(alg: str = "ES256", header: dict[str, Any] | None = None, **changed: Any) -> str:
    """Really signed; members are changed, or left out by `...`."""
    now = int(time.time())
    good = {
        "iss": EXPECTED.issuer, "aud": EXPECTED.client_id, "sub": "u1", "nonce": EXPECTED.nonce, "iat": now,
        "exp": now + 300,
    }  # fmt: skip
    claims = {name: value for name, value in {**good, **changed}.items() if value is not ...}
    key = KEYS[alg]
    head = {"alg": alg, "kid": key.kid, "typ": "JWT", **(header or {})}
    head = {name: value for name, value in head.items() if value is not ...}
    signing_input = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{signing_input}.{encoded(signature_of(key, signing_input.encode()))}"


def verified(text: str) -> dict[str, Any]:
    return verified_id_token(text, PUBLIC, EXPECTED, time.time())


@pytest.mark.parametrize("alg", KEYS)
def test_a_good_token_holds(alg: str) -> None:
    assert verified(token(alg))["sub"] == "u1"
    assert verified(token(alg, {"typ": ..., "kid": ...}, aud=["gatehouse", "x"], azp="gatehouse"))["sub"] == "u1"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://login.example.com/"}, "iss"),
        ({"iss": ...}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ...}, "aud"),
        ({"aud": ["gatehouse", "another"]}, "azp"),
        ({"azp": "another"}, "azp"),
        ({"nonce": "of another session"}, "nonce"),
        ({"nonce": ...}, "nonce"),
        ({"sub": ""}, "sub"),
        ({"sub": 17}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"exp": 1}, "expired"),
        ({"exp": ...}, "time"),
        ({"exp": "2099-01-01"}, "time"),
        ({"exp": True}, "time"),
        ({"iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200}, "not_yet"),
        ({"nbf": int(time.time()) + 3600}, "not_yet"),
        ({"exp": int(time.time()) + 10**7}, "lifetime"),
    ],
)
def test_a_claim_that_does_not_hold_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        verified(token(**changed))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": "none"}, "signature"),
        ({"alg": "HS256"}, "signature"),
        ({"alg": "RS256"}, "signature"),
        ({"alg": 1}, "header"),
        ({"kid": "unknown"}, "kid"),
        ({"crit": ["x"], "x": 1}, "header"),
        ({"typ": "at+jwt"}, "typ"),
        ({"typ": "logout+jwt"}, "typ"),
    ],
)
def test_a_header_that_tricks_is_refused(header: dict[str, Any], reason: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        verified(token("ES256", header))
    assert refused.value.reason == reason


def test_a_token_of_another_key_or_without_a_signature_is_refused() -> None:
    stranger = SigningKeyPair.generate()
    good = token()
    head, body, _ = good.split(".")
    for text in (f"{head}.{body}.{encoded(signature_of(stranger, f'{head}.{body}'.encode()))}", f"{head}.{body}."):
        with pytest.raises(TokenRefused):
            verified(text)
    for text in ("", "a.b", "a.b.c.d.e", good + "=", " " + good, good * 40):
        with pytest.raises(TokenRefused):
            verified(text)
    with pytest.raises(TokenRefused):
        verified_id_token(good, [], EXPECTED, time.time())
