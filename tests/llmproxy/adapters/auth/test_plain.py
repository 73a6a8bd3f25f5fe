"""Keys that are sent as they are."""

import pytest

from llmproxy.adapters.auth import SCHEMES, BadSecret, Placement, scheme

URL = "https://api.example.com/v1/models"


def test_bearer() -> None:
    auth = scheme("bearer").auth("sk-1", Placement())
    assert auth.headers("GET", URL, (), b"") == ((b"authorization", b"Bearer sk-1"),)
    assert auth.url(URL) == URL


def test_a_header_of_its_own() -> None:
    auth = scheme("header").auth("k", Placement("Api-Key"))
    assert auth.headers("GET", URL, (), b"") == ((b"api-key", b"k"),)


def test_a_query_parameter_is_escaped_and_joins_others() -> None:
    auth = scheme("query").auth("a&b=c/?#", Placement("key"))
    assert auth.url(URL) == f"{URL}?key=a%26b%3Dc%2F%3F%23"
    assert auth.url(f"{URL}?alt=sse") == f"{URL}?alt=sse&key=a%26b%3Dc%2F%3F%23"
    assert "a%26b%3Dc%2F%3F%23" in auth.secrets


@pytest.mark.parametrize("secret", ["", "  ", "a\nb", "a\r\nx: y", "é", "x" * 20_000])
def test_what_cannot_be_sent_is_refused_without_quoting_it(secret: str) -> None:
    with pytest.raises(BadSecret) as refused:
        scheme("bearer").auth.normalised(secret)
    assert not secret.strip() or secret not in str(refused.value)


def test_a_short_key_shows_nothing_of_itself() -> None:
    assert scheme("bearer").auth.shown("short") == ""
    assert scheme("bearer").auth.shown("sk-0123456789abcdef") == "cdef"


@pytest.mark.parametrize("name", SCHEMES)
def test_every_registered_scheme_can_be_loaded(name: str) -> None:
    assert scheme(name).auth.__doc__


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="no authentication scheme"):
        scheme("carrier_pigeon")
