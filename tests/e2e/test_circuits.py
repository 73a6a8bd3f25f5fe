"""A circuit that one web process opened holds in the others, which never failed themselves; the admin shows it."""

import json
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.e2e.product import Product, eventually

pytestmark = pytest.mark.processes
HERE = Path(__file__).parent
# How often a process has to fail itself: far more often than it is asked until it has heard of the other.
FAILURES = 200
# Each on a connection of its own, so that both processes are asked.
ASKED = 40
# Against a broken promise to hang for ever, not a measure of how fast it is kept.
PATIENCE = 30.0
BODY = {"model": "guarded", "messages": [{"role": "user", "content": "hi"}]}
PIDS = """
from audit.models import AuditEvent
rows = AuditEvent.objects.filter(type="proxy.request.completed", model_requested="guarded")
print("WRITERS", len(set(rows.values_list("writer", flat=True))))
"""


def attempts(product: Product) -> int:
    """How many attempts one call took."""
    answer = product.call("POST", "/v1/chat/completions", BODY)
    assert answer.status == 200, answer.body
    return int(answer.headers["x-gatehouse-attempts"])


def fails_at_one_process(product: Product, times: int) -> None:
    """So many calls over one connection, so that one process takes them all; each fails first at what is not well."""
    connection = HTTPConnection("127.0.0.1", product.port, timeout=30)
    headers = {"Authorization": f"Bearer {product.first_run['api_key']}", "Content-Type": "application/json"}
    try:
        for _ in range(times):
            connection.request("POST", "/v1/chat/completions", json.dumps(BODY), headers)
            answer = connection.getresponse()
            assert (answer.status, answer.headers["x-gatehouse-attempts"]) == (200, "2"), answer.read()
            answer.read()
    finally:
        connection.close()


def test_a_circuit_opened_by_one_process_holds_in_the_others(product: Product) -> None:
    product.script(HERE / "add_circuit.py", E2E_MODEL=product.first_run["model"], E2E_FAILURES=str(FAILURES))
    eventually(lambda: all("guarded" in _models(product) for _ in range(8)), 10, "every process knows the route")
    fails_at_one_process(product, FAILURES)
    failed_elsewhere = 0

    def all_straight() -> bool:
        nonlocal failed_elsewhere
        straight = all(attempts(product) == 1 for _ in range(ASKED))
        failed_elsewhere += not straight
        return straight

    eventually(all_straight, PATIENCE, "the other process heard of it")
    assert failed_elsewhere < FAILURES, "it heard of it, and did not fail as often itself"
    eventually(lambda: "WRITERS 2" in product.manage("shell", "-c", PIDS).stdout, PATIENCE, "both processes answered")


def test_the_open_circuit_is_shown_and_closed_for_all_by_hand(product: Product) -> None:
    token = _managing(product)
    shown = product.call("GET", "/api/v1/models/circuits", credential=token).json()["items"]
    (one,) = [each for each in shown if each["circuits"]]
    assert "error=500" in one["name"] and one["circuits"][0]["reason"] == "status 500"
    assert product.call("POST", f"/api/v1/models/{one['model']}/close_circuit", credential=token).json()["closed"] == 1
    eventually(lambda: attempts(product) == 2, PATIENCE, "a process tries it again")


def _managing(product: Product) -> str:
    login = {"username": product.first_run["admin_username"], "password": product.first_run["admin_password"]}
    body = {**login, "audience": "management"}
    return str(product.call("POST", "/api/token/", body, credential=None).json()["access"])


def _models(product: Product) -> set[str]:
    return {model["id"] for model in product.call("GET", "/v1/models").json()["data"]}
