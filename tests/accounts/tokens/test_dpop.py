"""DPoP proofs: one negative case a clause of SECURITY O16, the RFC's own proofs, and whatever else may come."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.tokens.dpop import ALGORITHMS, Proof, proof_of, token_hash
from accounts.tokens.errors import TokenRefused
from accounts.tokens.proof_target import Target
from tests.accounts.tokens.forge import NOW, encoded
from tests.accounts.tokens.proofs import Prover

URL = "https://gw.example/v1/chat/completions"
TARGET = Target.of("POST", "https://gw.example", "/v1/chat/completions")
TOKEN = "header.payload.signature"
CLIENT = Prover()
VECTORS = json.loads((Path(__file__).parents[2] / "vectors/rfc9449-dpop/dpop_vectors.json").read_text())["vectors"]
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def proof(**changed: Any) -> str:
    """A proof for the call of these tests."""
    return CLIENT.prove("POST", URL, TOKEN, **{"iat": NOW, **changed})


def with_header(**changed: Any) -> str:
    """The same with another header."""
    return CLIENT.signed(CLIENT.header(**changed), CLIENT.claims("POST", URL, TOKEN, iat=NOW))


def read(text: str, now: float = NOW + 1, target: Target = TARGET, token: str | None = TOKEN) -> Proof:
    """What the verifier makes of it."""
    return proof_of(text, target, now, token)


def refused(text: str, now: float = NOW + 1) -> str:
    """Why it was refused."""
    with pytest.raises(TokenRefused) as caught:
        read(text, now)
    return caught.value.reason


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_proofs_of_the_rfc_hold(vector: dict[str, Any]) -> None:
    claims = vector["payload"]
    target = Target.of(claims["htm"], claims["htu"], "")
    found = read(vector["proof"], claims["iat"] + 1, target, vector["access_token"])
    assert (found.thumbprint, found.jti, found.nonce) == (vector["jkt"], claims["jti"], None)
    if vector["ath"]:
        assert token_hash(vector["access_token"]) == vector["ath"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "PUT"}, "dpop_htm"), ({"url": "https://server.example.com/other"}, "dpop_htu"),
        ({"now": 61}, "dpop_iat"), ({"now": -6}, "dpop_iat"), ({"token": "another"}, "dpop_ath"),
    ],
)  # fmt: skip
def test_the_proofs_of_the_rfc_hold_for_nothing_else(
    vector: dict[str, Any], change: dict[str, Any], reason: str
) -> None:
    claims = vector["payload"]
    target = Target.of(change.get("method", claims["htm"]), change.get("url", claims["htu"]), "")
    with pytest.raises(TokenRefused) as caught:
        read(vector["proof"], claims["iat"] + change.get("now", 1), target, change.get("token", vector["access_token"]))
    assert caught.value.reason == reason


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_signatures_of_the_rfc_cover_every_part(vector: dict[str, Any]) -> None:
    head, body, signature = vector["proof"].split(".")
    claims = vector["payload"]
    target = Target.of(claims["htm"], claims["htu"], "")
    other = encoded(json.dumps({**claims, "jti": "another"}).encode())
    for text in (f"{head}.{other}.{signature}", f"{head}.{body}.{'A' * len(signature)}"):
        with pytest.raises(TokenRefused, match="dpop_signature"):
            read(text, claims["iat"], target, vector["access_token"])


@pytest.mark.parametrize("alg", ["ES256", "Ed25519", "RS256"])
def test_it_accepts_a_proof_of_each_algorithm(alg: str) -> None:
    client = Prover(alg)
    found = read(client.prove("POST", URL, TOKEN, iat=NOW, nonce="n"))
    assert (found.thumbprint, found.nonce) == (client.thumbprint, "n")


def test_the_old_name_of_ed25519_is_understood() -> None:
    client = Prover("Ed25519")
    assert read(client.signed(client.header(alg="EdDSA"), client.claims("POST", URL, TOKEN, iat=NOW))).jti


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", ..., "", None, 7, "dpop+jwt ", "application/dpop+jwt"])
def test_o16_typ_is_dpop_jwt(typ: Any) -> None:
    assert refused(with_header(typ=typ)) in ("dpop_typ", "dpop_header")


@pytest.mark.parametrize("alg", ["none", "HS256", "es256", "ES384", "RS384", "", ..., None, 7, ["ES256"]])
def test_o16_alg_is_asymmetric_and_on_the_list(alg: Any) -> None:
    assert refused(with_header(alg=alg)) in ("dpop_alg", "dpop_header")
    assert alg not in ALGORITHMS


@pytest.mark.parametrize("alg", ["RS256", "Ed25519", "PS256"])
def test_o16_alg_is_the_keys_own(alg: str) -> None:
    assert refused(with_header(alg=alg)) == "dpop_jwk"


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_o16_the_key_has_no_private_member(member: str) -> None:
    assert refused(with_header(jwk={**CLIENT.key.public_jwk(), member: "AA"})) == "dpop_jwk"


@pytest.mark.parametrize(
    "jwk",
    [
        ..., None, "text", [], {}, {"kty": "EC"}, {"kty": "oct", "k": "AAAA"}, {"kty": ["EC"]},
        {**CLIENT.key.public_jwk(), "crv": "P-384"}, {**CLIENT.key.public_jwk(), "x": CLIENT.key.public_jwk()["y"]},
        {**CLIENT.key.public_jwk(), "use": "enc"}, {**CLIENT.key.public_jwk(), "alg": "ES384"},
        {**CLIENT.key.public_jwk(), "x": 7}, {**CLIENT.key.public_jwk(), "y": "!"},
    ],
)  # fmt: skip
def test_o16_b5_the_key_is_a_public_one_on_its_curve(jwk: Any) -> None:
    assert refused(with_header(jwk=jwk)) in ("dpop_jwk", "dpop_header")


def test_o16_b5_an_rsa_key_that_is_slow_to_check_is_refused() -> None:
    client = Prover("RS256")
    slow = {**client.key.public_jwk(), "e": client.key.public_jwk()["n"]}
    huge = {**client.key.public_jwk(), "n": "w" * 2100}
    for jwk in (slow, huge):
        claims = client.claims("POST", URL, TOKEN, iat=NOW)
        assert refused(client.signed(client.header(jwk=jwk), claims)) in ("dpop_jwk", "dpop_header")


@pytest.mark.parametrize("member", ["kid", "jku", "x5c", "crit", "b64", "zip"])
def test_o16_j3_no_other_header_member(member: str) -> None:
    assert refused(with_header(**{member: "x"})) == "dpop_header"


def test_o16_the_signature_is_of_the_key_in_the_header() -> None:
    assert refused(with_header(jwk=Prover().key.public_jwk())) == "dpop_signature"


@pytest.mark.parametrize("method", ["GET", "post", "Post", "", ..., None, 7, ["POST"]])
def test_o16_htm_is_the_method(method: Any) -> None:
    assert refused(proof(htm=method)) == "dpop_htm"


@pytest.mark.parametrize(
    "url",
    [
        "https://gw.example/v1/embeddings", "http://gw.example/v1/chat/completions", f"{URL}/", URL.upper(),
        "https://gw.example:8443/v1/chat/completions", "https://evil.example/v1/chat/completions",
        "https://gw.example.evil/v1/chat/completions", "/v1/chat/completions", "gw.example", "", ..., None, 7, [URL],
        "https://gw.example@evil.example/v1/chat/completions", "https://gw.example/v1%2Fchat/completions",
        "https://user@gw.example/v1/chat/completions", f" {URL}", f"{URL}\n", "https://[::1/v1", f"{URL}é",
        "https://gw.example:99999999/v1/chat/completions", "https://gw.example/v1/x/../chat/completions",
        "https://gw.example\\v1/chat/completions", "https://gw.example/" + "a" * 3000,
    ],
)  # fmt: skip
def test_o16_htu_is_the_address(url: Any) -> None:
    assert refused(proof(htu=url)) == "dpop_htu"


@pytest.mark.parametrize(
    "url",
    [
        f"{URL}?stream=1", f"{URL}#top", "HTTPS://GW.example/v1/chat/completions",
        "https://gw.example:443/v1/chat/completions", "https://gw.example/v1/ch%61t/completions",
    ],
)  # fmt: skip
def test_o16_htu_is_compared_after_normalising(url: str) -> None:
    assert read(proof(htu=url)).thumbprint == CLIENT.thumbprint


@pytest.mark.parametrize("issued", [NOW - 60, NOW + 7, str(NOW), float(NOW), True, None, ..., -1, 2**63])
def test_o16_iat_is_within_the_window(issued: Any) -> None:
    assert refused(proof(iat=issued)) == "dpop_iat"


@pytest.mark.parametrize("issued", [NOW - 59, NOW + 6])
def test_o16_the_window_is_sixty_seconds_back_and_five_ahead(issued: int) -> None:
    assert read(proof(iat=issued), now=NOW + 1).jti


@pytest.mark.parametrize("times", [{"exp": NOW}, {"exp": "x"}, {"nbf": NOW + 60}, {"nbf": None}])
def test_o16_other_times_hold_too(times: dict[str, Any]) -> None:
    assert refused(proof(**times)) == "dpop_iat"


@pytest.mark.parametrize("jti", ["", ..., None, 7, ["x"], "x" * 257])
def test_o16_jti_is_there_and_short(jti: Any) -> None:
    assert refused(proof(jti=jti)) == "dpop_jti"


@pytest.mark.parametrize("ath", [..., "", None, 7, token_hash("another"), TOKEN, token_hash(TOKEN) + "="])
def test_o16_ath_is_the_tokens(ath: Any) -> None:
    assert refused(proof(ath=ath)) == "dpop_ath"


def test_o16_without_a_token_no_ath_is_asked_for() -> None:
    assert read(proof(ath=...), token=None).jti


@pytest.mark.parametrize("nonce", ["", None, 7, ["x"], "x" * 257])
def test_o16_a_nonce_is_a_short_text(nonce: Any) -> None:
    assert refused(proof(nonce=nonce)) == "dpop_nonce"


def test_o16_one_header_only() -> None:
    assert refused(f"{proof()}, {proof()}") == "dpop_format"


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", "a.b.c.d", f"{proof()}=", f" {proof()}", "x" * 9000, "é.a.b"])
def test_j7_b12_only_the_compact_form(text: str) -> None:
    assert refused(text) == "dpop_format"


def test_j2_no_name_twice() -> None:
    head, claims = json.dumps(CLIENT.header()), json.dumps(CLIENT.claims("POST", URL, TOKEN, iat=NOW))
    twice = [part[:-1] + f', "{name}": "x"}}' for part, name in ((head, "typ"), (claims, "htu"))]
    assert refused(CLIENT.signed(twice[0].encode(), claims.encode())) == "dpop_header"
    assert refused(CLIENT.signed(head.encode(), twice[1].encode())) == "dpop_payload"


@given(st.text(max_size=300))
def test_any_text_is_refused_and_never_breaks(text: str) -> None:
    refused(text)


@given(st.dictionaries(st.sampled_from(["typ", "alg", "jwk", "kid", "crit"]), JSON_VALUES, min_size=1))
def test_any_other_header_is_refused_and_never_breaks(head: dict[str, Any]) -> None:
    changed = {**CLIENT.header(), **head}
    if changed != CLIENT.header():
        refused(CLIENT.signed(json.dumps(changed).encode(), CLIENT.claims("POST", URL, TOKEN, iat=NOW)))


@given(st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use"]), JSON_VALUES, min_size=1))
def test_any_other_key_is_refused_and_never_breaks(members: dict[str, Any]) -> None:
    jwk = {**CLIENT.key.public_jwk(), **members}
    try:
        read(CLIENT.signed(CLIENT.header(jwk=jwk), CLIENT.claims("POST", URL, TOKEN, iat=NOW)))
    except TokenRefused:
        return
    assert {name: jwk[name] for name in CLIENT.key.public_jwk()} == CLIENT.key.public_jwk()


@given(st.sampled_from(["htm", "htu", "iat", "jti", "ath", "nonce"]), JSON_VALUES)
def test_any_other_claim_holds_only_with_the_right_meaning(name: str, value: Any) -> None:
    good = CLIENT.claims("POST", URL, TOKEN, iat=NOW)
    try:
        read(CLIENT.signed(CLIENT.header(), {**good, name: value}))
    except TokenRefused:
        return
    assert name in ("jti", "nonce", "iat") or value == good[name]
    assert type(value) is (int if name == "iat" else str)
