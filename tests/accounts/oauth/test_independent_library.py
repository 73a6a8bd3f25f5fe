"""Node's `jose`, which shares no code with ours, verifies our tokens by the key set alone, and signs for us."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from accounts.actions import add_client_keys, create_service_account, generate_signing_key, issue_token
from accounts.actions.create_service_account import CreatedAccount
from accounts.apps import AccountsConfig
from accounts.models import SigningKey
from accounts.ring import gateway_audience
from tests.accounts.oauth import asking
from tests.gateway_world import World
from tests.node_project import installed

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
HERE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def node_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the library in it, by the hashes of the lock file."""
    return installed(HERE, tmp_path_factory.mktemp("node"))


def node(folder: Path, script: str, **given: Any) -> Any:
    """What a script of ours says of what it is given."""
    done = subprocess.run(
        ["node", script], input=json.dumps(given), cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def robot(world: World) -> CreatedAccount:
    """A program."""
    return create_service_account.execute(world.organisation, "robot")


def token_by(alg: str, program: CreatedAccount, **changed: Any) -> str:
    """A token that a fresh key of the algorithm signed; the keys before are retiring."""
    row = generate_signing_key.execute(alg)
    before = timezone.now() - timedelta(minutes=1)
    SigningKey.objects.filter(state="active").update(state="retiring", retiring_at=before)
    SigningKey.objects.filter(pk=row.pk).update(state="active", activated_at=before)
    audience = changed.get("audience", gateway_audience())
    return issue_token.for_program(program.account, audience, program.account.scopes).access


def test_its_verifier_takes_our_tokens_by_the_address_of_the_key_set_alone(
    robot: CreatedAccount, node_project: Path, live_server: LiveServer
) -> None:
    tokens = {alg: token_by(alg, robot) for alg in ("ES256", "RS256", "Ed25519")}
    header, payload, signature = tokens["ES256"].split(".")
    wrong = [f"{header}.{payload}.{signature[::-1]}", token_by("ES256", robot, audience="https://elsewhere.example")]
    AccountsConfig.current().identity.load()
    where = {"jwks": f"{live_server.url}/.well-known/jwks.json", "issuer": settings.GATEHOUSE_PUBLIC_URL}
    found = node(node_project, "verify.mjs", **where, audience=gateway_audience(), tokens=[*tokens.values(), *wrong])
    assert found[:3] == [{"sub": robot.account.subject, "alg": alg} for alg in tokens]
    assert [one["refused"] for one in found[3:]] == [
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        "ERR_JWT_CLAIM_VALIDATION_FAILED",
    ]


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "Ed25519", "EdDSA"])
def test_an_assertion_of_its_making_gives_a_token(
    robot: CreatedAccount, node_project: Path, store: Redis, alg: str
) -> None:
    client_id = robot.account.client_id
    made = node(node_project, "assert.mjs", alg=alg, issuer=settings.GATEHOUSE_PUBLIC_URL, client=client_id)
    add_client_keys.execute(robot.account, json.dumps(made["jwk"]))
    answer = asking.post("/oauth/token", asking.asserted(made["assertion"]))
    assert answer.status_code == 200, answer.content
    assert asking.post("/oauth/token", asking.asserted(made["assertion"])).status_code == 401
