"""A program of Alpha with a secret and a key, and one of another organisation."""

import json

import pytest

from accounts.actions import add_client_keys, create_service_account
from accounts.actions.create_service_account import CreatedAccount
from accounts.identity import IdentitySnapshot
from accounts.tokens.keys import SigningKeyPair
from tests.gateway_world import World


@pytest.fixture
def program(people: World, identity: IdentitySnapshot) -> CreatedAccount:
    """A service account of Alpha."""
    made = create_service_account.execute(people.organisation, "robot")
    identity.load()
    return made


@pytest.fixture
def strange_program(people: World, identity: IdentitySnapshot) -> CreatedAccount:
    """A service account of another organisation."""
    made = create_service_account.execute(people.elsewhere, "another robot")
    identity.load()
    return made


@pytest.fixture
def key(program: CreatedAccount) -> SigningKeyPair:
    """A key that the program has registered."""
    pair = SigningKeyPair.generate()
    add_client_keys.execute(program.account, json.dumps(pair.public_jwk()))
    return pair
