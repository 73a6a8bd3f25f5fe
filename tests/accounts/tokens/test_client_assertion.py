"""Assertions of clients: one test a clause of rfc7523bis (SECURITY O7, B1-B12, J1-J4)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.tokens.client_assertion import ClientAssertion
from accounts.tokens.client_key import ClientKey
from accounts.tokens.errors import TokenRefused
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.tokens.forge import encoded, signature_of

ISSUER = "https://gw.example"
NOW = 1_800_000_000
KEYS = {alg: SigningKeyPair.generate(alg) for alg in ("ES256", "Ed25519", "RS256")}
KEY, OTHER = KEYS["ES256"], SigningKeyPair.generate("ES256")


def claims(**changed: Any) -> dict[str, Any]:
    """Good ones, with changes; `...` leaves one out."""
    good = {"iss": "gthc_a", "sub": "gthc_a", "aud": ISSUER, "jti": "one", "iat": NOW, "exp": NOW + 60, **changed}
    return {name: value for name, value in good.items() if value is not ...}


def header(key: SigningKeyPair = KEY, **changed: Any) -> dict[str, Any]:
    """A good one, with changes; `...` leaves a member out."""
    good = {"alg": key.alg, "typ": "client-authentication+jwt", "kid": key.kid, **changed}
    return {name: value for name, value in good.items() if value is not ...}


def assertion(
    body: dict[str, Any] | bytes | None = None, head: dict[str, Any] | bytes | None = None, key: SigningKeyPair = KEY
) -> str:
    """Really signed, over whatever is given."""
    parts = (head or header(key), body or claims())
    raw = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in parts]
    signing_input = ".".join(map(encoded, raw)).encode()
    return f"{signing_input.decode()}.{encoded(signature_of(key, signing_input))}"


def accepted(text: str, *keys: SigningKeyPair, now: float = NOW + 1) -> ClientAssertion:
    """Read and verified."""
    found = ClientAssertion.read(text)
    found.verify([ClientKey.from_jwk(key.public_jwk()) for key in keys or (KEY,)], ISSUER, now)
    return found


@pytest.mark.parametrize("alg", sorted(KEYS))
def test_a_good_one_holds(alg: str) -> None:
    found = accepted(assertion(key=KEYS[alg]), *KEYS.values())
    assert (found.client_id, found.jti, found.expires) == ("gthc_a", "one", NOW + 60)


@pytest.mark.parametrize("typ", [..., "JWT", "client-authentication+jwt", "application/Client-Authentication+JWT"])
def test_o7_types_in_use_are_taken(typ: Any) -> None:
    accepted(assertion(head=header(typ=typ)))


def test_an_ed25519_key_is_also_called_eddsa() -> None:
    key = KEYS["Ed25519"]
    accepted(assertion(head=header(key, alg="EdDSA"), key=key), key)


def test_a_key_without_a_name_is_found_by_its_signature() -> None:
    accepted(assertion(head=header(kid=...)), OTHER, KEY)


HEADERS: dict[str, dict[str, Any]] = {
    "b2_none": {"alg": "none"},
    "b2_none_in_capitals": {"alg": "None"},
    "b2_empty": {"alg": ""},
    "b2_no_alg": {"alg": ...},
    "b2_lower_case": {"alg": "es256"},
    "b2_a_number": {"alg": 256},
    "b2_a_list": {"alg": ["ES256"]},
    "b3_symmetric": {"alg": "HS256"},
    "b1_another_of_the_key": {"alg": "ES384"},
    "b1_another_type": {"alg": "RS256"},
    "b11_access_token": {"typ": "at+jwt"},
    "b11_dpop_proof": {"typ": "dpop+jwt"},
    "b11_logout": {"typ": "logout+jwt"},
    "b11_no_type": {"typ": ""},
    "b11_a_number": {"typ": 1},
    "b9_unknown_kid": {"kid": "../../etc/passwd"},
    "b9_kid_number": {"kid": 7},
    "b9_empty_kid": {"kid": ""},
    "b9_long_kid": {"kid": "k" * 3000},
    "b9_jwk": {"jwk": KEY.public_jwk()},
    "b9_jku": {"jku": "http://127.0.0.1/"},
    "b9_x5u": {"x5u": "http://127.0.0.1/"},
    "j3_crit": {"crit": ["exp"]},
    "j3_empty_crit": {"crit": []},
    "j3_b64": {"b64": False},
    "b13_zip": {"zip": "DEF"},
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_are_refused(name: str) -> None:
    with pytest.raises(TokenRefused):
        accepted(assertion(head=header(**HEADERS[name])))


CLAIMS: dict[str, dict[str, Any]] = {
    "o7_aud_is_the_token_endpoint": {"aud": f"{ISSUER}/oauth/token"},
    "o7_aud_has_a_slash": {"aud": f"{ISSUER}/"},
    "o7_two_auds": {"aud": [ISSUER, f"{ISSUER}/oauth/token"]},
    "o7_a_list_of_one": {"aud": [ISSUER]},
    "o7_another_case": {"aud": ISSUER.upper()},
    "o7_no_aud": {"aud": ...},
    "o7_aud_null": {"aud": None},
    "o7_no_iss": {"iss": ...},
    "o7_no_sub": {"sub": ...},
    "o7_iss_is_not_sub": {"iss": "gthc_b"},
    "o7_no_jti": {"jti": ...},
    "o7_empty_jti": {"jti": ""},
    "o7_long_jti": {"jti": "j" * 257},
    "o7_jti_number": {"jti": 1},
    "o7_no_exp": {"exp": ...},
    "o7_six_minutes": {"exp": NOW + 360},
    "o7_a_year": {"exp": NOW + 31_536_000},
    "o7_expired": {"exp": NOW},
    "j4_exp_text": {"exp": str(NOW + 60)},
    "j4_exp_float": {"exp": NOW + 60.5},
    "j4_exp_true": {"exp": True},
    "j4_exp_huge": {"exp": 10**300},
    "j4_exp_negative": {"exp": -1},
    "j4_exp_null": {"exp": None},
    "o7_issued_tomorrow": {"iat": NOW + 86_400},
    "o7_not_before_tomorrow": {"nbf": NOW + 86_400},
    "j4_iat_text": {"iat": "1"},
    "j4_nbf_null": {"nbf": None},
    "sub_list": {"sub": ["gthc_a"]},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_are_refused(name: str) -> None:
    with pytest.raises(TokenRefused):
        accepted(assertion(claims(**CLAIMS[name])))


def test_the_key_of_somebody_else_is_refused() -> None:
    with pytest.raises(TokenRefused):
        accepted(assertion(head=header(kid=KEY.kid), key=OTHER))
    with pytest.raises(TokenRefused):
        accepted(assertion(head=header(kid=...), key=OTHER))


GOOD = assertion()
FORMS = {
    "padding": GOOD + "==",
    "json": '{"payload":""}',
    "jwe": f"{GOOD}.a.b",
    "newline": GOOD + "\n",
    "empty": "",
    "no_signature": GOOD.rpartition(".")[0] + ".",
    "unused_bits": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    "long": GOOD * 20,
    "not_ascii": GOOD + "é",
    "not_json": f"{encoded(b'no')}.{encoded(b'no')}.{encoded(b'no')}",
    "twice_a_claim": assertion(json.dumps(claims()).encode().replace(b'{"iss"', b'{"iss": "gthc_b", "iss"')),
    "nan": assertion(json.dumps(claims(exp=float("nan"))).encode()),
    "a_list": assertion(b"[]" * 1),
    "utf16": assertion(head='{"alg":"ES256"}'.encode("utf-16")),
    "deep": assertion(b"[" * 1500 + b"]" * 1500),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_that_are_refused(name: str) -> None:
    with pytest.raises(TokenRefused):
        accepted(FORMS[name])


@given(
    st.text(max_size=300) | st.builds(".".join, st.lists(st.binary(max_size=60).map(encoded), min_size=3, max_size=3))
)
def test_whatever_is_sent_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(TokenRefused):
        accepted(text)


@given(
    st.dictionaries(
        st.sampled_from(["iss", "sub", "aud", "jti", "exp", "iat", "nbf"]),
        st.integers() | st.none() | st.text(max_size=9) | st.lists(st.text(max_size=3), max_size=2),
        min_size=1,
    )
)
def test_other_claims_than_good_ones_are_never_accepted(changed: dict[str, Any]) -> None:
    body = claims(**changed)
    try:
        accepted(assertion(body))
    except TokenRefused:
        return
    assert body["aud"] == ISSUER
    assert body["iss"] == body["sub"]
    assert NOW < body["exp"] <= NOW + 306


def test_it_is_remembered_until_it_has_expired() -> None:
    found = ClientAssertion.read(assertion())
    assert found.remembered_for(NOW) == 65
    assert found.remembered_for(NOW + 1000) == 1
