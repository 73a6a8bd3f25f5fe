"""A service account with a key of its own, from nothing to a call with a bound token, as its developer would do it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from accounts.tokens.keys import SigningKeyPair
from tests.accounts.oauth.asking import asserted, assertion, claims
from tests.accounts.tokens.proofs import Prover
from tests.e2e.product import Answer, Product, eventually

pytestmark = pytest.mark.processes
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DOCS = Path(__file__).parents[2] / "docs" / "oauth.md"
ACCOUNT = """
import json, os
from accounts.actions import add_client_keys, create_service_account
from accounts.models import Organisation
account = create_service_account.execute(Organisation.objects.first(), "robot with a key").account
add_client_keys.execute(account, os.environ["E2E_JWK"])
print("CLIENT", account.client_id)
"""
EVENTS = """
import json
from audit.models import AuditEvent
found = AuditEvent.objects.filter(type="auth.session.revoked").values_list("session_id", flat=True)
print("EVENTS" + json.dumps(list(found)))
"""


def ask(product: Product, form: dict[str, str], proof: str) -> Answer:
    """The token endpoint's answer to a form with a proof."""
    headers = {**FORM, "DPoP": proof}
    return product.call("POST", "/oauth/token", urlencode(form).encode(), credential=None, headers=headers)


def call(product: Product, token: str, proof: str | None, scheme: str = "DPoP", path: str = "/v1/models") -> int:
    """The status of a call of the gateway."""
    headers = {"Authorization": f"{scheme} {token}", **({} if proof is None else {"DPoP": proof})}
    return product.call("GET", path, credential=None, headers=headers).status


def test_a_program_with_a_private_key_gets_a_bound_token_and_a_thief_has_nothing_of_it(product: Product) -> None:
    key, prover, url = SigningKeyPair.generate(), Prover(), f"{product.base_url}/oauth/token"
    made = product.manage("shell", "-c", ACCOUNT, E2E_JWK=json.dumps(key.public_jwk()))
    client = made.stdout.split("CLIENT ", 1)[1].strip()

    def form(jti: str) -> dict[str, str]:
        return asserted(assertion(key, claims(client, aud=product.base_url, jti=jti)))

    first = ask(product, form("one"), prover.prove("POST", url))
    assert (first.status, first.json()["error"]) == (400, "use_dpop_nonce")
    answer = ask(product, form("two"), prover.prove("POST", url, nonce=first.headers["dpop-nonce"]))
    assert (answer.status, answer.json()["token_type"]) == (200, "DPoP"), answer.body
    token, models = answer.json()["access_token"], f"{product.base_url}/v1/models"

    def is_let_in() -> bool:
        return call(product, token, prover.prove("GET", models, token)) == 200

    eventually(is_let_in, 5, "the program calls the gateway")
    seen = prover.prove("GET", models, token)
    assert call(product, token, seen) == 200
    assert [call(product, token, seen) for _ in range(4)] == [401] * 4, "on whatever worker"
    assert call(product, token, None) == 401
    assert call(product, token, None, "Bearer") == 401
    assert call(product, token, Prover().prove("GET", models, token)) == 401
    deeper = f"{product.base_url}/v1/models/no%20such%2Fmodel"
    assert call(product, token, prover.prove("GET", deeper, token), path="/v1/models/no%20such%2Fmodel") == 404


def test_a_replayed_refresh_token_ends_the_family_and_is_in_the_audit_list(product: Product) -> None:
    prover, url = Prover(), f"{product.base_url}/oauth/token"
    login = {"username": product.first_run["admin_username"], "password": product.first_run["admin_password"]}
    pair = product.call("POST", "/api/token/", login, credential=None).json()
    form = {"grant_type": "refresh_token", "client_id": "password-login", "refresh_token": pair["refresh"]}
    nonce = ask(product, form, prover.prove("POST", url)).headers["dpop-nonce"]
    renewed = ask(product, form, prover.prove("POST", url, nonce=nonce))
    assert (renewed.status, renewed.json()["token_type"]) == (200, "DPoP"), renewed.body
    assert ask(product, form, prover.prove("POST", url, nonce=nonce)).json()["error"] == "invalid_grant"
    token, models = renewed.json()["access_token"], f"{product.base_url}/v1/models"
    eventually(
        lambda: call(product, token, prover.prove("GET", models, token)) == 401, 5, "the session's tokens are refused"
    )
    successor = {**form, "refresh_token": renewed.json()["refresh_token"]}
    assert ask(product, successor, prover.prove("POST", url, nonce=nonce)).json()["error"] == "invalid_grant"

    def is_listed() -> bool:
        found = product.manage("shell", "-c", EVENTS).stdout.split("EVENTS", 1)[1]
        return len(json.loads(found)) > 0

    eventually(is_listed, 30, "the end of the session is in the audit list")


def test_the_example_of_the_documentation_runs_as_it_stands(product: Product, tmp_path: Path) -> None:
    example = re.search(r"```python\n(import base64.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    script = tmp_path / "example.py"
    script.write_text(example[1], encoding="utf-8")
    known = {
        "GATEHOUSE_URL": product.base_url,
        "GATEHOUSE_CLIENT_ID": product.first_run["client_id"],
        "GATEHOUSE_CLIENT_SECRET": product.first_run["client_secret"],
    }
    done = subprocess.run([sys.executable, script], env={**os.environ, **known}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "with the key: 200\nwithout it: 401\n"
