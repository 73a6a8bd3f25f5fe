"""What the worker does by itself is in the log while it works, not when it ends."""

import pytest

from tests.e2e.product import Product, eventually

pytestmark = pytest.mark.processes
LOG = "/api/v1/audit"


def test_the_result_of_a_check_is_on_record_while_the_worker_goes_on(product: Product) -> None:
    login = {"username": product.first_run["admin_username"], "password": product.first_run["admin_password"]}
    answer = product.call("POST", "/api/token/", {**login, "audience": "management"}, credential=None)
    token = str(answer.json()["access"])
    asked: list[str] = []

    def ask() -> bool:
        answer = product.call("POST", f"{LOG}/verify", {}, credential=token)
        assert answer.status in (202, 409), answer.body  # 409: the check of the first boot is under way
        asked.extend([answer.json()["id"]] if answer.status == 202 else [])
        return answer.status == 202

    def results() -> list[str]:
        found = product.call("GET", f"{LOG}/events?type=integrity.verified", credential=token).json()["items"]
        return [each["attrs"]["run"] for each in found]

    eventually(ask, 90, "a check is asked for")
    eventually(lambda: asked[0] in results(), 90, "the result is in the log")
