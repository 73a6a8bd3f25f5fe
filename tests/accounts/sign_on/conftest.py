"""A real OpenID provider on loopback (Node's oidc-provider), and a browser that goes between it and us."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client

from accounts.models import IdentityProvider
from tests.free_port import free_port
from tests.gateway_world import World

HERE = Path(__file__).parent / "node"
CLIENT_SECRET = "a secret with + / = and : in it"
PEOPLE: dict[str, dict[str, Any]] = {
    "sub-bob": {"preferred_username": "bob", "email": "bob@example.com", "email_verified": True, "amr": ["pwd", "mfa"]},
    "sub-eve": {"preferred_username": "eve", "email": "eve@example.com", "email_verified": True, "amr": ["pwd"]},
}


@dataclass(frozen=True)
class House:
    """The provider's address."""

    issuer: str
    port: int


def _not_run(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(f"not run: {reason}")


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Running for the whole session; it knows us as `gatehouse` with PKCE demanded."""
    npm = shutil.which("npm")
    if npm is None:
        _not_run("npm is missing")
    folder = tmp_path_factory.mktemp("oidc")
    for path in HERE.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    options = ["--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run([str(npm), "ci", *options], cwd=folder, capture_output=True, text=True, timeout=180)
    if done.returncode:
        _not_run(f"the provider could not be installed: {done.stderr.strip()[-300:]}")
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    client = {
        "client_id": "gatehouse", "client_secret": CLIENT_SECRET,
        "redirect_uris": [f"http://testserver/admin/sso/{slug}/callback/" for slug in ("house", "other")],
        "require_auth_time": True,
    }  # fmt: skip
    given = json.dumps({"issuer": issuer, "port": port, "client": client, "people": PEOPLE})
    process = subprocess.Popen(
        ["node", "provider.mjs", given], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None and process.stdout.readline().strip() == "ready"
        yield House(issuer, port)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def row(house: House, people: World, settings: Any) -> IdentityProvider:
    """The provider as Alpha's."""
    settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{house.port}",)
    row = IdentityProvider(
        organisation=people.organisation, name="House", slug="house", issuer=house.issuer, client_id="gatehouse"
    )
    row.set_secret(CLIENT_SECRET)
    row.full_clean()
    row.save()
    return row


@dataclass
class Browser:
    """One person's: our cookies and the provider's."""

    who: str
    ours: Client = field(default_factory=Client)
    theirs: requests.Session = field(default_factory=requests.Session)

    def there(self, url: str) -> str:
        """What happens at the provider, until it sends the browser back: the path here, with its query."""
        self.theirs.cookies.set("who", self.who)
        for _ in range(12):
            answer = self.theirs.get(url, allow_redirects=False, timeout=10)
            assert answer.status_code in (302, 303), answer.text[:500]
            url = requests.compat.urljoin(url, answer.headers["location"])
            parts = urlsplit(url)
            if parts.hostname == "testserver":
                return f"{parts.path}?{parts.query}"
        raise AssertionError("the provider does not come to an end")

    def sign_in(self, target: str = "") -> Any:
        """From the button to our answer."""
        start = self.ours.get(f"/admin/sso/house/{target and '?next=' + target}")
        assert start.status_code == 302, start.content
        return self.ours.get(self.there(start["Location"]))
