"""O13: exactly one credential, in whatever header an SDK sends it."""

import pytest

from accounts.credentials import credential_of, refuse_in_address
from accounts.crypto.api_key_text import ApiKeyText
from accounts.errors import MalformedCredential

KEY, OTHER = str(ApiKeyText("AbCdEfGh", "s" * 43)), str(ApiKeyText("ZyXwVuTs", "t" * 43))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_o13_the_scheme_is_case_insensitive(scheme: str) -> None:
    assert credential_of({"authorization": f"{scheme} {KEY}"}) == (KEY, "bearer")


@pytest.mark.parametrize("name", ["x-api-key", "x-goog-api-key", "api-key", "x-portkey-api-key"])
def test_a_key_comes_in_any_header_that_sdks_use(name: str) -> None:
    assert credential_of({name: KEY}) == (KEY, "key")


def test_o13_no_credential_is_none() -> None:
    assert credential_of({"accept": "*/*"}) is None


def test_o13_the_same_credential_twice_is_one() -> None:
    assert credential_of({"authorization": f"Bearer {KEY}", "x-api-key": KEY}) == (KEY, "bearer")


@pytest.mark.parametrize("other", [OTHER, "a.b.c", "sk-something-else"])
def test_o13_two_different_credentials_are_refused(other: str) -> None:
    with pytest.raises(MalformedCredential):
        credential_of({"authorization": f"Bearer {KEY}", "x-api-key": other})


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
def test_o16_a_bound_token_comes_with_a_scheme_of_its_own(scheme: str) -> None:
    assert credential_of({"authorization": f"{scheme} a.b.c"}) == ("a.b.c", "dpop")


def test_o16_what_comes_with_that_scheme_competes_with_every_other_credential() -> None:
    with pytest.raises(MalformedCredential):
        credential_of({"authorization": "DPoP placeholder", "x-portkey-api-key": KEY})


def test_a_placeholder_beside_the_real_header_does_not_compete() -> None:
    assert credential_of({"authorization": "Bearer placeholder", "x-portkey-api-key": KEY}) == (KEY, "key")


@pytest.mark.parametrize(
    "header", ["Basic dXNlcg==", "Bearer", "Bearer ", "", KEY, f"Bearer {KEY} {OTHER}", f"Bearer {KEY}, Bearer {OTHER}"]
)
def test_o13_a_malformed_header_is_refused(header: str) -> None:
    with pytest.raises(MalformedCredential):
        credential_of({"authorization": header})


@pytest.mark.parametrize("name", ["authorization", "x-api-key"])
def test_an_oversized_header_is_refused(name: str) -> None:
    with pytest.raises(MalformedCredential):
        credential_of({name: "Bearer " * (name == "authorization") + "a" * 9000})


@pytest.mark.parametrize("query", [b"access_token=x", b"a=1&key=x", b"API_KEY=x", b"api-key"])
def test_o13_a_credential_in_the_address_is_refused(query: bytes) -> None:
    with pytest.raises(MalformedCredential):
        refuse_in_address("/v1/models", query)


@pytest.mark.parametrize("query", [b"", b"alt=sse", b"keys=1", b"api-version=2024"])
def test_other_parameters_are_none_of_our_business(query: bytes) -> None:
    refuse_in_address("/v1/models", query)
