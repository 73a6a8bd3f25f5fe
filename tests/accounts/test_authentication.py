"""Who calls the data plane: answered from memory, and nothing that holds only a little is let through."""

import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.actions import create_api_key, create_service_account, issue_token, revoke_api_key
from accounts.authentication import GatewayAuthentication
from accounts.errors import InvalidToken, MalformedCredential
from accounts.identity import IdentitySnapshot
from accounts.models import Membership, SigningKey
from accounts.principal import Principal
from accounts.ring import gateway_audience, management_audience
from tests.accounts.key_ring import put_in_service
from tests.gateway_world import World


def call(credential: str, header: str = "authorization", query: bytes = b"") -> Principal:
    """The principal of a request with this credential."""
    value = f"Bearer {credential}" if header == "authorization" else credential
    request: Any = SimpleNamespace(headers={header: value}, query_string=query, META={"REMOTE_ADDR": "127.0.0.1"})
    _, principal = GatewayAuthentication().authenticate(request)
    assert isinstance(principal, Principal)
    return principal


def refused(credential: str) -> None:
    """It is told that its credential does not hold, and nothing more."""
    with pytest.raises(InvalidToken) as caught:
        call(credential)
    assert caught.value.message in ("The credential is not valid.", "The credential has expired.")
    assert 'error="invalid_token"' in caught.value.headers["WWW-Authenticate"]


def bobs_token(people: World, audience: str = "", session: str = "s") -> str:
    """A fresh token of Bob's."""
    target = audience or gateway_audience()
    return issue_token.for_person(people.bob, people.organisation, target, ["models:invoke"], session).access


def test_no_credential_is_nobody() -> None:
    request: Any = SimpleNamespace(headers={}, query_string=b"")
    assert GatewayAuthentication().authenticate(request) is None
    assert "error" not in GatewayAuthentication().authenticate_header(request)


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "x-goog-api-key", "api-key", "x-portkey-api-key"])
def test_an_api_key_works_in_every_header(people: World, identity: IdentitySnapshot, header: str) -> None:
    principal = call(people.key, header)
    assert principal.organisation_id == str(people.organisation.pk)
    assert principal.team_id == str(people.team.pk)
    assert (principal.kind, principal.credential) == ("api_key", "api_key")
    assert principal.key_prefix == people.key[:17]


def test_a_persons_token_works(people: World, identity: IdentitySnapshot) -> None:
    principal = call(bobs_token(people))
    assert (principal.kind, principal.subject, principal.name) == ("user", people.bob.subject, "bob")
    assert principal.scopes == {"models:invoke"}
    assert principal.team_id == str(people.team.pk)


def test_a_programs_token_works(people: World, identity: IdentitySnapshot) -> None:
    account = create_service_account.execute(people.organisation, "robot").account
    identity.load()
    principal = call(issue_token.for_program(account, gateway_audience(), ["models:read"]).access)
    assert (principal.kind, principal.client_id) == ("service_account", account.client_id)


@pytest.mark.parametrize("alg", ["RS256", "Ed25519"])
def test_a3_a_key_of_another_algorithm_works_end_to_end(people: World, identity: IdentitySnapshot, alg: str) -> None:
    put_in_service(alg)
    identity.load()
    assert call(bobs_token(people)).name == "bob"


def test_a_request_asks_the_database_nothing(
    people: World, identity: IdentitySnapshot, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token = bobs_token(people)
    with django_assert_num_queries(0):
        call(token)
        call(token)
        call(people.key)


def test_b8_a_management_token_opens_no_model(people: World, identity: IdentitySnapshot) -> None:
    refused(bobs_token(people, management_audience()))


@pytest.mark.parametrize("credential", ["garbage", "a.b.c", "gth_live_garbage", "gthr_0_secret", "'--", "é", "\x00"])
def test_garbage_is_refused(identity: IdentitySnapshot, credential: str) -> None:
    refused(credential)


def test_a_key_with_anothers_secret_is_refused(people: World, identity: IdentitySnapshot) -> None:
    entries = identity.keys
    mine, other = people.key[9:17], people.strangers_key[9:17]
    identity.keys = {mine: entries[other], other: entries[mine]}
    refused(people.key)


def test_o13_a_credential_in_the_address_is_refused(people: World, identity: IdentitySnapshot) -> None:
    with pytest.raises(MalformedCredential):
        call(people.key, query=b"access_token=x")


def test_a_revoked_key_stops(people: World, identity: IdentitySnapshot) -> None:
    made = create_api_key.execute(people.organisation, "short-lived")
    identity.load()
    assert call(made.plain)
    revoke_api_key.execute(made.key)
    identity.load()
    refused(made.plain)


def test_an_expired_key_stops_without_being_reloaded(people: World, identity: IdentitySnapshot) -> None:
    soon = timezone.now() + timedelta(milliseconds=200)
    plain = create_api_key.execute(people.organisation, "soon gone", expires_at=soon).plain
    identity.load()
    identity.keys[plain[9:17]] = replace(identity.keys[plain[9:17]], expires=time.time() - 1)
    refused(plain)


def test_a_key_narrowed_to_models_and_addresses_says_so(people: World, identity: IdentitySnapshot) -> None:
    made = create_api_key.execute(people.organisation, "narrow", models=["gpt"], allowed_ips=["10.0.0.0/8"])
    identity.load()
    principal = call(made.plain)
    assert principal.models == frozenset({"gpt"})
    assert [str(network) for network in principal.allowed_ips] == ["10.0.0.0/8"]


@pytest.mark.parametrize("loss", ["disabled", "password", "membership", "tenant", "session", "key"])
def test_what_ends_a_person_ends_a_token_that_was_verified_before(
    people: World, identity: IdentitySnapshot, loss: str
) -> None:
    token = bobs_token(people)
    assert call(token)
    lose(people, identity, loss)
    refused(token)


def lose(people: World, identity: IdentitySnapshot, loss: str) -> None:
    """One of the ways in which a token stops holding before it expires."""
    match loss:
        case "disabled":
            people.bob.is_active = False
            people.bob.save()
        case "password":
            people.bob.set_password("another long enough password")
            people.bob.save()
        case "membership":
            Membership.objects.filter(user=people.bob).delete()
        case "tenant":
            people.organisation.is_active = False
            people.organisation.save()
        case "key":
            SigningKey.objects.update(state="compromised")
    identity.load()
    if loss == "session":
        identity.revoked_sessions = {"s"}


def test_rights_lost_after_issue_are_lost_in_the_token(people: World, identity: IdentitySnapshot) -> None:
    account = create_service_account.execute(people.organisation, "robot").account
    identity.load()
    token = issue_token.for_program(account, gateway_audience(), ["models:invoke", "models:read"]).access
    assert call(token).scopes == {"models:invoke", "models:read"}
    account.scopes = ["models:read"]
    account.save()
    identity.load()
    assert call(token).scopes == {"models:read"}


def test_a5_a_token_holds_references_only_and_is_small(people: World, identity: IdentitySnapshot) -> None:
    people.bob.email = "bob@example.org"
    people.bob.save()
    token = bobs_token(people)
    assert len(token) < 2048
    call(token)
    [known] = identity.tokens._entries.values()
    assert "bob" not in str(known.verified.claims)
    assert known.verified.claims["iss"] == settings.GATEHOUSE_PUBLIC_URL
