"""Node's `openid-client`, no code of ours: discovery, a bound token, calls, introspection, revocation."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.product import Product, eventually
from tests.node_project import installed

pytestmark = pytest.mark.processes


def test_o10_it_finds_everything_by_the_issuer_and_proves_its_key_at_each_call(
    product: Product, tmp_path: Path
) -> None:
    folder = installed(Path(__file__).parent / "openid_client", tmp_path)
    eventually(lambda: product.call("GET", "/v1/models", credential=product.program_token()).status == 200, 5, "ready")
    known = product.first_run
    given = {
        "issuer": product.base_url, "id": known["client_id"], "secret": known["client_secret"], "path": "/v1/models",
    }  # fmt: skip
    done = subprocess.run(
        ["node", "call.mjs"], input=json.dumps(given), cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "type": "dpop", "statuses": [200, 200, 200], "stolen": 401, "told": "DPoP", "after": False,
    }  # fmt: skip
