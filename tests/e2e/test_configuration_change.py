"""A change is in force on every worker within a second."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.product import Product
from tests.e2e.provider import Provider

pytestmark = pytest.mark.processes

HERE = Path(__file__).parent
# The promise is one second; a machine that runs nine test suites gets as much again.
PROMISED_SECONDS = 2.0
# Each on a connection of its own, so that no worker is left out.
ASKED = 24

DISABLE = "from llmproxy.models import Route; Route.objects.filter(public_name='late-whole').update(enabled=False)"
MAKE_KEY = """
from accounts.actions import create_api_key
from accounts.models import Organisation
print("KEY", create_api_key.execute(Organisation.objects.first(), "short-lived").plain)
"""
REVOKE_KEY = """
from accounts.actions import revoke_api_key
from accounts.models import ApiKey
revoke_api_key.execute(ApiKey.objects.get(name="short-lived"))
"""


def seconds_until_all(condition: Callable[[], bool]) -> float:
    """Until `condition` held ASKED times in a row; the time of its last failure, counted from now."""
    began, last_failure = time.monotonic(), 0.0
    in_a_row = 0
    while in_a_row < ASKED and time.monotonic() - began < 10:
        if condition():
            in_a_row += 1
        else:
            in_a_row, last_failure = 0, time.monotonic() - began
    return last_failure if in_a_row == ASKED else float("inf")


def test_a_new_route_appears_and_a_disabled_one_goes(product: Product, provider: Provider) -> None:
    def listed() -> bool:
        return "late-whole" in {one["id"] for one in product.call("GET", "/v1/models").json()["data"]}

    url = f"http://127.0.0.1:{provider.port}/v1"
    product.script(HERE / "add_provider.py", E2E_URL=url, E2E_MODELS="whole", E2E_SLUG="late", E2E_PREFIX="late-")
    assert seconds_until_all(listed) < PROMISED_SECONDS
    assert product.manage("shell", "-c", DISABLE).returncode == 0
    assert seconds_until_all(lambda: not listed()) < PROMISED_SECONDS


def test_a_revoked_key_is_refused_by_every_worker(product: Product) -> None:
    key = product.manage("shell", "-c", MAKE_KEY).stdout.split("KEY ", 1)[1].strip()

    def accepted() -> bool:
        return product.call("GET", "/v1/models", credential=key).status == 200

    assert seconds_until_all(accepted) < PROMISED_SECONDS
    done = product.manage("shell", "-c", REVOKE_KEY)
    assert done.returncode == 0, done.stderr
    assert seconds_until_all(lambda: not accepted()) < PROMISED_SECONDS
