"""Against a real OpenID provider, which shares no code with ours (`oidc-provider` in Node): its tokens as they are."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from accounts.actions import fetch_issuer_keys
from accounts.authentication import GatewayAuthentication
from accounts.errors import InvalidToken
from accounts.identity import IdentitySnapshot
from accounts.models import IssuerRule, TrustedIssuer
from tests.accounts.issuers.idp import AUDIENCE
from tests.accounts.issuers.test_exchange import given, principal
from tests.accounts.tokens.proofs import Prover
from tests.gateway_world import World
from tests.node_project import installed

pytestmark = [pytest.mark.processes, pytest.mark.urls("accounts.urls")]
CLIENT = ("cli", "a%20secret%20that%20is%20long%20enough%20for%20it")


class Provider:
    """A running one."""

    def __init__(self, folder: Path) -> None:
        command = ["node", "provider.mjs", json.dumps({"audience": AUDIENCE})]
        self.process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.issuer = str(self._said()["issuer"])

    def token(self, prover: Prover | None = None) -> str:
        """A token of the client, bound to a key where there is one."""
        url = f"{self.issuer}/token"
        headers = {} if prover is None else {"DPoP": prover.prove("POST", url)}
        form = {"grant_type": "client_credentials", "scope": "models"}
        answer = requests.post(url, form, auth=CLIENT, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def rotate(self) -> None:
        """Another key signs, and the one before is gone."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        assert self._said()["rotated"]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.communicate(timeout=10)

    def _said(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(next(line for line in self.process.stdout if line.startswith("{")))  # between its notices


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the provider in it."""
    return installed(Path(__file__).parent / "node", tmp_path_factory.mktemp("issuer"))


@pytest.fixture
def provider(folder: Path) -> Iterator[Provider]:
    """On loopback."""
    running = Provider(folder)
    yield running
    running.stop()


@pytest.fixture
def row(people: World, provider: Provider, identity: IdentitySnapshot, settings: Any) -> TrustedIssuer:
    """Alpha trusts it, as an administrator would set it up."""
    settings.GATEHOUSE_EGRESS_ALLOW = (urlsplit(provider.issuer).netloc,)
    made = TrustedIssuer(
        organisation=people.organisation, name="Sign-in", issuer=provider.issuer, audience=AUDIENCE, direct=True
    )
    made.full_clean()
    made.save()
    IssuerRule.objects.create(issuer=made, claim="groups", value="engineers", scopes=["models:read"])
    assert fetch_issuer_keys.execute(made) == ""
    identity.load()
    return made


def call(token: str) -> Any:
    """Whom a request with it stands for."""
    request: Any = SimpleNamespace(headers={"authorization": f"Bearer {token}"}, query_string=b"")
    return GatewayAuthentication().authenticate(request)[1]


def test_its_tokens_get_in_and_are_exchanged(
    row: TrustedIssuer, provider: Provider, identity: IdentitySnapshot
) -> None:
    token = provider.token()
    found = call(token)
    assert (found.subject, found.scopes) == (f"ext:{row.pk}:cli", {"models:read"})
    assert principal(given(token), identity).subject == found.subject


def test_after_a_rotation_the_next_fetch_knows_the_new_key(
    row: TrustedIssuer, provider: Provider, identity: IdentitySnapshot
) -> None:
    before = provider.token()
    provider.rotate()
    after = provider.token()
    with pytest.raises(InvalidToken) as caught:
        call(after)
    assert caught.value.headers["Retry-After"] == "1"
    fetch_issuer_keys.execute(row)
    identity.load()
    assert call(after)
    with pytest.raises(InvalidToken):
        call(before)


def test_a_token_that_it_bound_to_a_key_is_of_no_use_as_bearer(row: TrustedIssuer, provider: Provider) -> None:
    with pytest.raises(InvalidToken):
        call(provider.token(Prover()))
