"""One negative case a clause; the names are those of SECURITY section 1."""

import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from accounts.tokens.errors import TokenRefused
from accounts.tokens.keys import ALGORITHMS, SigningKeyPair
from tests.accounts.tokens.forge import ISSUER, NOW, claims, encoded, header, token, verify

KEY = SigningKeyPair.generate()
RSA = SigningKeyPair.generate("RS256")
GOOD = token(KEY)
HEAD, BODY, SIGNATURE = GOOD.split(".")


def refused(text: str, now: float = NOW + 1) -> str:
    """Why it was refused."""
    with pytest.raises(TokenRefused) as caught:
        verify(text, KEY, RSA, now=now)
    return caught.value.reason


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_it_accepts_a_token_of_each_algorithm(alg: str) -> None:
    key = SigningKeyPair.generate(alg)
    assert verify(token(key), key).claims == claims()


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_it_accepts_each_spelling_of_the_type(typ: str) -> None:
    assert verify(token(KEY, header=header(KEY, typ=typ)), KEY).kid == KEY.kid


@pytest.mark.parametrize("alg", ["PS256", "RS384", "RS512", "ES256"])
def test_b1_a_key_has_one_algorithm(alg: str) -> None:
    assert refused(token(RSA, header=header(RSA, alg=alg))) == "alg"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "noNE", "es256", "", ..., 7, ["ES256"], None, "HS256"])
def test_b2_the_algorithm_is_on_the_list(alg: Any) -> None:
    assert refused(token(KEY, header=header(KEY, alg=alg))) in ("alg", "header")


@pytest.mark.parametrize("ending", ["", "."])
def test_b2_an_unsigned_token_is_refused(ending: str) -> None:
    text = f"{encoded(header(KEY, alg='none'))}.{BODY}{ending}"
    assert refused(text) == "format"


@pytest.mark.parametrize("alg", ["HS256", "ES256"])
@pytest.mark.parametrize("secret", ["pem", "der", "jwk", "empty"])
def test_b3_no_symmetric_key_verifies(secret: str, alg: str) -> None:
    assert isinstance(KEY.key, ECKey)
    public = {
        "pem": KEY.key.as_pem(private=False),
        "der": KEY.key.as_der(private=False),
        "jwk": json.dumps(KEY.public_jwk()).encode(),
        "empty": b"",
    }[secret]
    signed = f"{encoded(header(KEY, alg=alg))}.{BODY}"
    forged = f"{signed}.{encoded(hmac.digest(public, signed.encode(), 'sha256'))}"
    assert refused(forged) in ("alg", "signature")


def test_b4_an_encrypted_token_is_refused() -> None:
    assert refused(".".join([HEAD, BODY, BODY, BODY, SIGNATURE])) == "format"


def test_b13_nothing_is_decrypted_or_decompressed_whatever_it_would_cost() -> None:
    costly = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 10**9, "p2s": "AAAA", "zip": "DEF"}
    assert refused(".".join([encoded(json.dumps(costly).encode()), BODY, BODY, BODY, SIGNATURE])) == "format"
    assert refused(token(KEY, header=header(KEY, **costly))) == "header"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_b6_only_utf_8(encoding: str) -> None:
    assert refused(token(KEY, header=header(KEY).decode().encode(encoding))) == "header"


@pytest.mark.parametrize("issuer", ["https://other.example", f"{ISSUER}/", ISSUER.upper(), ISSUER[:-1], ""])
def test_b7_the_issuer_is_exact(issuer: str) -> None:
    assert refused(token(KEY, claims(iss=issuer))) in ("iss", "claim_iss")


@pytest.mark.parametrize("audience", [f"{ISSUER}/api", ISSUER, f"{ISSUER}/v1/", [f"{ISSUER}/v1"], "", ...])
def test_b8_the_audience_is_exact(audience: Any) -> None:
    assert refused(token(KEY, claims(aud=audience))) in ("aud", "claim_aud")


@pytest.mark.parametrize(
    "kid", ["' OR 1=1 --", "../../etc/passwd", "a\r\nb", "x" * 2048, "", "unknown", 1, None, ["a"], {"a": 1}, ...]
)
def test_b9_the_key_id_is_not_trusted(kid: Any) -> None:
    assert refused(token(KEY, header=header(KEY, kid=kid))) in ("kid", "header")


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc", "cty"])
def test_b9_no_other_header_member(member: str) -> None:
    assert refused(token(KEY, header=header(KEY, **{member: "https://evil.example"}))) == "header"


@pytest.mark.parametrize("typ", ["JWT", ..., "", "dpop+jwt", "logout+jwt", "at+jwt ", "client-authentication+jwt", 1])
def test_b10_a1_the_type_is_an_access_token(typ: Any) -> None:
    assert refused(token(KEY, header=header(KEY, typ=typ))) in ("typ", "header")


@pytest.mark.parametrize(
    "text",
    [
        f"{GOOD}=", f"{GOOD}==", f" {GOOD}", f"{GOOD}\n", GOOD.replace(".", " ."), f"{GOOD}.", "", ".", "..", "a.b",
        "é.b.c",
        json.dumps({"protected": HEAD, "payload": BODY, "signature": SIGNATURE}), f"{HEAD}.{BODY}.{SIGNATURE}+/",
        f'"{GOOD}"', f"{HEAD}.{BODY}.", f"{GOOD}\x00", f"{GOOD}{'A' * 5000}",
    ],
)  # fmt: skip
def test_b12_j1_j7_only_the_compact_form(text: str) -> None:
    assert refused(text) == "format"


def test_j1_unused_bits_are_zero() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = SIGNATURE[:-1] + alphabet[alphabet.index(SIGNATURE[-1]) + 1]
    assert refused(f"{HEAD}.{BODY}.{twin}") == "format"


def test_j2_no_name_twice_in_the_header() -> None:
    twice = header(KEY)[:-1] + b', "alg": "ES256"}'
    assert refused(token(KEY, header=twice)) == "header"


def test_j2_no_name_twice_in_the_claims() -> None:
    twice = json.dumps(claims()).encode()[:-1] + b', "sub": "usr:other"}'
    assert refused(token(KEY, twice)) == "payload"


@pytest.mark.parametrize("crit", [["exp"], [], "exp"])
def test_j3_no_critical_extension(crit: Any) -> None:
    assert refused(token(KEY, header=header(KEY, crit=crit))) == "header"


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "ver", "sep", "tep"])
@pytest.mark.parametrize("value", [str(NOW), True, None, 1.5, float(NOW), [NOW], {}, -1, 2**63])
def test_j4_times_are_integers(name: str, value: Any) -> None:
    assert refused(token(KEY, claims(**{name: value}))) == f"claim_{name}"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 2000])
def test_j4_no_number_that_is_none(number: str) -> None:
    raw = json.dumps(claims(exp=0)).replace('"exp": 0', f'"exp": {number}').encode()
    assert refused(token(KEY, raw)) in ("payload", "claim_exp")


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"null", b"7", b"", b"{", b"\xff", b"[" * 1000, b"{} {}"])
def test_j4_claims_are_an_object(payload: bytes) -> None:
    assert refused(token(KEY, payload)) in ("payload", "format", "claim_iss")


@pytest.mark.parametrize(
    "name", ["iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope", "nbf", "tid", "ver", "sep", "tep"]
)
def test_a2_each_claim_is_required(name: str) -> None:
    assert refused(token(KEY, claims(**{name: ...}))) == f"claim_{name}"


@pytest.mark.parametrize("name", ["sub", "client_id", "jti", "scope", "tid"])
@pytest.mark.parametrize("value", ["", 7, None, ["x"], True])
def test_a2_each_text_claim_is_a_text(name: str, value: Any) -> None:
    assert refused(token(KEY, claims(**{name: value}))) == f"claim_{name}"


@pytest.mark.parametrize("models", ["gpt", [1], ["m"] * 21, {"a": 1}])
def test_the_narrowing_is_a_short_list_of_names(models: Any) -> None:
    assert refused(token(KEY, claims(mdl=models))) == "claim_mdl"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exp": NOW}, "lifetime"), ({"exp": NOW - 5}, "lifetime"), ({"exp": NOW + 4000}, "lifetime"),
        ({"ver": 2}, "ver"),
        ({"nbf": NOW + 60}, "not_yet"), ({"iat": NOW + 60, "exp": NOW + 120}, "not_yet"),
        ({"iat": NOW - 700, "nbf": NOW - 700, "exp": NOW - 100}, "expired"),
    ],
)  # fmt: skip
def test_times_and_version_hold(changed: dict[str, int], reason: str) -> None:
    assert refused(token(KEY, claims(**changed))) == reason


def test_it_dies_in_the_second_it_expires() -> None:
    assert verify(GOOD, KEY, now=NOW + 599.9)
    assert refused(GOOD, now=NOW + 600) == "expired"


def test_a_key_that_is_not_in_the_ring_signs_nothing() -> None:
    stranger = SigningKeyPair.generate()
    assert refused(token(stranger)) == "kid"
    assert refused(token(stranger, header=header(KEY))) == "signature"


def test_an_altered_claim_breaks_the_signature() -> None:
    altered = encoded(json.dumps(claims(sub="usr:root")).encode())
    assert refused(f"{HEAD}.{altered}.{SIGNATURE}") == "signature"


@given(st.text(max_size=300))
def test_any_text_is_refused_and_never_breaks(text: str) -> None:
    refused(text)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_signed_bytes_are_refused_and_never_break(head: bytes, body: bytes) -> None:
    refused(f"{encoded(head)}.{encoded(body)}.{SIGNATURE}")
