"""An issuer that Alpha trusts: engineers may call models."""

import json
from collections.abc import Iterator

import pytest

from accounts.identity import IdentitySnapshot
from accounts.models import IssuerRule, TrustedIssuer
from tests.accounts.issuers.idp import AUDIENCE, Idp, Site, running_site
from tests.gateway_world import World


@pytest.fixture
def idp() -> Idp:
    """Another issuer."""
    return Idp()


@pytest.fixture
def trust(people: World, identity: IdentitySnapshot, idp: Idp) -> TrustedIssuer:
    """Its row in Alpha, with keys and one rule."""
    made = trusted(people, idp)
    identity.load()
    return made


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on loopback."""
    with running_site() as running:
        yield running


def trusted(world: World, idp: Idp, **options: object) -> TrustedIssuer:
    """A row of Alpha's that pins the issuer's key, and says what engineers may do."""
    given = {"organisation": world.organisation, "audience": AUDIENCE, "direct": True, "algorithms": [idp.key.alg]}
    told = {"name": "Idp", "issuer": idp.issuer, "pinned_keys": json.dumps(idp.jwks())}
    row = TrustedIssuer(**{**told, **given, **options})
    row.full_clean()
    row.save()
    rule = IssuerRule(issuer=row, claim="groups", value="engineers", scopes=["models:invoke", "models:read"])
    rule.full_clean()
    rule.save()
    return row
