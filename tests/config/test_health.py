"""/livez, /readyz, /metrics and the page for people."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from config.apps import ProjectConfig
from config.health.checks import NotReady
from config.health.readiness import Check, Readiness
from config.running import app

TOKEN = "m" * 32


@pytest.fixture
def readiness(monkeypatch: pytest.MonkeyPatch) -> dict[str, Check]:
    """The checks of this process, which the test may choose."""
    chosen: dict[str, Check] = {}
    made = Readiness(chosen)
    monkeypatch.setattr(made, "_checks", chosen)
    monkeypatch.setattr(app("config", ProjectConfig), "readiness", made)
    return chosen


def test_alive_asks_no_database(client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        response = client.get("/livez")
    assert response.status_code == 200 and response.json() == {"status": "ok"}
    assert response["x-request-id"] == response["request-id"]


def test_ready_when_every_check_holds(client: Client, readiness: dict[str, Check]) -> None:
    readiness["app_database"] = lambda: "answers"
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "checks": {"app_database": {"status": "ok", "reason": "answers"}}}


def test_not_ready_says_why(client: Client, readiness: dict[str, Check]) -> None:
    def broken() -> str:
        raise NotReady("the database does not answer (OperationalError)")

    readiness["app_database"] = broken
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["app_database"]["reason"] == "the database does not answer (OperationalError)"


@pytest.mark.django_db(databases="__all__")
def test_the_real_checks_give_a_reason_each_and_no_secret(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://:c4nary@127.0.0.1:1/0"
    checks = client.get("/readyz").json()["checks"]
    assert checks["app_database"]["status"] == checks["migrations"]["status"] == "ok"
    assert checks["valkey"]["status"] == "failed"
    assert all(check["reason"] for check in checks.values())
    assert "c4nary" not in str(checks)


def test_metrics_are_for_this_machine(client: Client) -> None:
    response = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert response.status_code == 200 and b"python_info" in response.content


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "", "unix:"])
def test_metrics_refuse_the_stranger(client: Client, address: str) -> None:
    response = client.get("/metrics", REMOTE_ADDR=address)
    assert response.status_code == 401
    assert response["content-type"] == "application/problem+json" and response["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "via", "x-real-ip"])
def test_a_forwarded_request_is_never_local(client: Client, header: str) -> None:
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1", headers={header: "127.0.0.1"}).status_code == 401


def test_with_a_token_set_only_the_token_counts(client: Client, settings: Settings) -> None:
    settings.GATEHOUSE_METRICS_TOKEN = TOKEN
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 401
    assert client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}x"}).status_code == 401
    assert (
        client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}, REMOTE_ADDR="192.0.2.1").status_code == 200
    )


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_nothing_is_posted_there(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
