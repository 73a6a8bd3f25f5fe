"""Public keys that clients register: what is safe, in the formats that people have (SECURITY B5)."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey

from accounts.tokens.client_key import ClientKey, read_public_keys
from accounts.tokens.keys import SigningKeyPair

EC, OKP, RSA = (SigningKeyPair.generate(alg) for alg in ("ES256", "Ed25519", "RS256"))


@pytest.mark.parametrize(("pair", "alg"), [(EC, "ES256"), (OKP, "Ed25519"), (RSA, "RS256")])
def test_a_jwk_and_a_pem_block_are_the_same_key(pair: SigningKeyPair, alg: str) -> None:
    [from_jwk] = read_public_keys(json.dumps({**pair.public_jwk(), "kid": "mine"}))
    [from_pem] = read_public_keys(pair.key.as_pem(private=False).decode())
    assert (from_jwk.alg, from_jwk.kid) == (alg, "mine")
    assert from_jwk.thumbprint == from_pem.thumbprint == pair.kid
    assert "d" not in from_jwk.public_jwk()


def test_a_set_gives_all_of_its_keys() -> None:
    listed = [EC.public_jwk(), {**RSA.public_jwk(), "alg": "PS256", "use": "sig"}, {**OKP.public_jwk(), "alg": "EdDSA"}]
    assert [key.alg for key in read_public_keys(json.dumps({"keys": listed}))] == ["ES256", "PS256", "Ed25519"]


def test_a_stored_key_is_read_back() -> None:
    [key] = read_public_keys(json.dumps({**EC.public_jwk(), "kid": "mine"}))
    assert ClientKey.from_jwk(key.public_jwk()).names() == ("mine", EC.kid)


OFF_CURVE = {**EC.public_jwk(), "y": EC.public_jwk()["x"]}
REFUSED: dict[str, Any] = {
    "private": EC.private_jwk(),
    "shared": {"kty": "oct", "k": "AAAA"},
    "off_curve": OFF_CURVE,
    "another_use": {**EC.public_jwk(), "use": "enc"},
    "another_curve": ECKey.generate_key("P-384").as_dict(private=False),
    "hs256": {**EC.public_jwk(), "alg": "HS256"},
    "none": {**EC.public_jwk(), "alg": "none"},
    "not_its_alg": {**EC.public_jwk(), "alg": "RS256"},
    "alg_number": {**EC.public_jwk(), "alg": 5},
    "small": {"kty": "RSA", "n": "_" * 171, "e": "AQAB"},
    "huge": {"kty": "RSA", "n": "_" * 4000, "e": "AQAB"},
    "even": {**RSA.public_jwk(), "e": "Ag"},
    "no_e": {"kty": "RSA", "n": RSA.public_jwk()["n"]},
    "x_number": {**EC.public_jwk(), "x": 5},
    "x_garbage": {**EC.public_jwk(), "x": "!!"},
    "x_not_ascii": {**EC.public_jwk(), "x": "é"},
    "short_okp": {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
    "kid_number": {**EC.public_jwk(), "kid": 7},
    "kid_nul": {**EC.public_jwk(), "kid": "a\0b"},
    "kid_long": {**EC.public_jwk(), "kid": "k" * 256},
    "no_kty": {"crv": "P-256"},
    "kty_list": {**EC.public_jwk(), "kty": ["EC"]},
    "empty_set": {"keys": []},
    "no_set": {"keys": {}},
    "set_of_texts": {"keys": ["a"]},
    "eleven": {"keys": [EC.public_jwk()] * 11},
}


@pytest.mark.parametrize("name", REFUSED)
def test_b5_keys_that_are_not_safe_are_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="\\w+"):
        read_public_keys(json.dumps(REFUSED[name]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "no",
        "5",
        EC.key.as_pem(private=True).decode(),
        "-----BEGIN PUBLIC KEY-----\nno",
        "-----é",
        "{" * 30_000,
        '{"kty":"EC","kty":"EC"}',
    ],
)
def test_other_texts_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="\\w+"):
        read_public_keys(text)
