"""`/.well-known/jwks.json`: what anybody needs to verify our tokens, and nothing else."""

from typing import Any

import pytest
from django.test import Client
from joserfc.jwk import KeySet
from pytest_django import DjangoAssertNumQueries

from accounts.identity import IdentitySnapshot
from accounts.models import SigningKey
from tests.accounts.key_ring import put_in_service

pytestmark = pytest.mark.urls("accounts.urls")
PATH = "/.well-known/jwks.json"


def published() -> list[dict[str, Any]]:
    """The keys."""
    keys: list[dict[str, Any]] = Client().get(PATH).json()["keys"]
    return keys


def test_it_lists_the_active_key(identity: IdentitySnapshot) -> None:
    [key] = published()
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert key["kid"] == KeySet.import_key_set({"keys": [key]}).keys[0].thumbprint()


def test_j5_it_holds_no_private_member(identity: IdentitySnapshot) -> None:
    for alg in ("RS256", "Ed25519"):
        put_in_service(alg)
    identity.load()
    assert [key["alg"] for key in published()] == ["ES256", "RS256", "Ed25519"]
    assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & {name for key in published() for name in key}


def test_b14_algorithms_have_their_full_names(identity: IdentitySnapshot) -> None:
    for alg in ("RS256", "Ed25519"):
        put_in_service(alg)
    identity.load()
    assert not {"EdDSA", "none", "RSA1_5"} & {key["alg"] for key in published()}


def test_j8_it_can_be_cached(identity: IdentitySnapshot) -> None:
    first = Client().get(PATH)
    assert first["content-type"] == "application/jwk-set+json"
    assert first["cache-control"] == "public, max-age=300"
    again = Client().get(PATH, headers={"if-none-match": first["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_asks_the_database_nothing(
    identity: IdentitySnapshot, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        Client().get(PATH)


@pytest.mark.parametrize(("state", "listed"), [("pending", 1), ("retiring", 1), ("retired", 0), ("compromised", 0)])
def test_the_state_decides_what_is_published(identity: IdentitySnapshot, state: str, listed: int) -> None:
    SigningKey.objects.update(state=state)
    identity.load()
    assert len(published()) == listed
