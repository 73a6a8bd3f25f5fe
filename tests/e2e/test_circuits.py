"""A circuit that one web process opened holds in the others within a second, and the admin shows it."""

import time
from pathlib import Path

import pytest

from tests.e2e.product import Product, eventually
from tests.e2e.test_configuration_change import PROMISED_SECONDS

pytestmark = pytest.mark.processes
HERE = Path(__file__).parent
# Each on a connection of its own, so that both processes are asked.
ASKED = 40
PIDS = """
from audit.models import AuditEvent
rows = AuditEvent.objects.filter(type="proxy.request.completed", model_requested="guarded")
print("WRITERS", len(set(rows.values_list("writer", flat=True))))
"""


def attempts(product: Product) -> int:
    """How many attempts one call took."""
    body = {"model": "guarded", "messages": [{"role": "user", "content": "hi"}]}
    answer = product.call("POST", "/v1/chat/completions", body)
    assert answer.status == 200, answer.body
    return int(answer.headers["x-gatehouse-attempts"])


def test_a_circuit_opened_by_one_process_holds_in_the_others(product: Product) -> None:
    product.script(HERE / "add_circuit.py", E2E_MODEL=product.first_run["model"])
    eventually(lambda: all("guarded" in _models(product) for _ in range(8)), 10, "every process knows the route")
    tried = 0
    while attempts(product) == 2:  # until the process that is asked goes straight to the one that is well
        tried += 1
        assert tried <= 4, "one process opens it after two failures, two processes after four at most"
    opened = time.monotonic()
    last = opened
    for _ in range(ASKED):
        if attempts(product) == 2:
            last = time.monotonic()
    assert last - opened < PROMISED_SECONDS
    assert [attempts(product) for _ in range(ASKED)] == [1] * ASKED
    eventually(lambda: "WRITERS 2" in product.manage("shell", "-c", PIDS).stdout, 30, "both processes answered")


def test_the_open_circuit_is_shown_and_closed_for_all_by_hand(product: Product) -> None:
    token = _managing(product)
    shown = product.call("GET", "/api/v1/models/circuits", credential=token).json()["items"]
    (one,) = [each for each in shown if each["circuits"]]
    assert "error=500" in one["name"] and one["circuits"][0]["reason"] == "status 500"
    assert product.call("POST", f"/api/v1/models/{one['model']}/close_circuit", credential=token).json()["closed"] == 1
    eventually(lambda: attempts(product) == 2, PROMISED_SECONDS, "a process tries it again")


def _managing(product: Product) -> str:
    login = {"username": product.first_run["admin_username"], "password": product.first_run["admin_password"]}
    body = {**login, "audience": "management"}
    return str(product.call("POST", "/api/token/", body, credential=None).json()["access"])


def _models(product: Product) -> set[str]:
    return {model["id"] for model in product.call("GET", "/v1/models").json()["data"]}
