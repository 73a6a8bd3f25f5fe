"""The published examples: their signatures hold where the algorithm is ours, and none of them is an access token."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from accounts.tokens.errors import TokenRefused
from accounts.tokens.keys import ALGORITHMS, SigningKeyPair, VerifyingKey
from tests.accounts.tokens.forge import NOW, VERIFIER, claims, encoded, header, token, verify

EXAMPLES = json.loads((Path(__file__).parents[2] / "vectors/rfc-examples/jose_rfc_examples.json").read_text())
SIGNED = {example["name"]: example for example in EXAMPLES["jws"]}
KEYS = {alg: SigningKeyPair.generate(alg) for alg in ALGORITHMS}
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("thumbprint", EXAMPLES["thumbprints"], ids=lambda example: example["name"])
def test_j6_the_thumbprint_is_that_of_the_rfc(thumbprint: dict[str, Any]) -> None:
    [key] = KeySet.import_key_set({"keys": [thumbprint["jwk"]]}).keys
    assert key.thumbprint() == thumbprint["sha256"]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("name", [name for name, example in SIGNED.items() if example["alg"] in ("ES256", "EdDSA")])
def test_the_signature_of_the_rfc_holds_and_a_changed_one_does_not(name: str) -> None:
    example = SIGNED[name]
    alg = "Ed25519" if example["alg"] == "EdDSA" else example["alg"]
    key = VerifyingKey.from_jwk("rfc", alg, {k: v for k, v in example["key"].items() if k != "d"})
    algorithms = [example["alg"]]
    assert jws.deserialize_compact(example["jws"], key.key, algorithms=algorithms).payload
    head, body, signature = example["jws"].split(".")
    with pytest.raises(JoseError):
        jws.deserialize_compact(f"{head}.{body}A.{signature}", key.key, algorithms=algorithms)


@pytest.mark.parametrize("name", SIGNED)
def test_no_example_is_an_access_token(name: str) -> None:
    ring = {
        key.kid: VerifyingKey.from_jwk(key.kid, key.alg, key.public_jwk()) for key in map(KEYS.__getitem__, ALGORITHMS)
    }
    with pytest.raises(TokenRefused):
        VERIFIER.verify(SIGNED[name]["jws"], ring, NOW)


def test_b5_a_key_that_does_not_fit_is_not_taken() -> None:
    point = KEYS["ES256"].public_jwk()
    off_curve = {**point, "y": point["x"]}
    for alg, jwk in (("ES256", off_curve), ("RS256", point), ("Ed25519", point), ("HS256", point)):
        with pytest.raises(ValueError, match=r".*"):
            VerifyingKey.from_jwk("k", alg, jwk)


@pytest.mark.parametrize("modulus", [b"\xc1" * 128, b"\x00" * 128 + b"\xc1" * 128, b""])
def test_b5_a_short_rsa_key_is_not_taken(modulus: bytes) -> None:
    short = {"kty": "RSA", "n": encoded(modulus), "e": "AQAB"}
    with pytest.raises(ValueError, match="2048"):
        VerifyingKey.from_jwk("k", "RS256", short)


@pytest.mark.parametrize("kind", ["refresh+jwt", "dpop+jwt", "JWT", "client-authentication+jwt", "logout+jwt"])
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_b11_another_kind_of_token_is_no_access_token(alg: str, kind: str) -> None:
    with pytest.raises(TokenRefused) as caught:
        verify(token(KEYS[alg], header=header(KEYS[alg], typ=kind)), KEYS[alg])
    assert caught.value.reason == "typ"


@given(st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "jwk", "b64"]), JSON_VALUES, min_size=1))
def test_a_signed_token_with_any_other_header_is_refused(head: dict[str, Any]) -> None:
    raw = json.dumps({**json.loads(header(KEYS["ES256"])), **head}).encode()
    if raw == header(KEYS["ES256"]):
        return
    with pytest.raises(TokenRefused):
        verify(token(KEYS["ES256"], header=raw), *KEYS.values())


@given(st.sampled_from(sorted(claims())), JSON_VALUES)
def test_a_signed_token_with_any_other_claim_holds_only_with_the_right_type(name: str, value: Any) -> None:
    text = token(KEYS["Ed25519"], json.dumps(claims(**{name: value})).encode())
    try:
        held = verify(text, *KEYS.values()).claims
    except TokenRefused:
        return
    assert type(held[name]) is type(claims()[name])
    assert name not in ("iss", "aud", "ver") or held[name] == claims()[name]
