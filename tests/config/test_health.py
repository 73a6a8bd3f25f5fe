"""/livez, /readyz, /metrics and the page for people."""

import re
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import SpoolWriterRow, VerificationRun
from config import evidence_metrics
from config.apps import ProjectConfig
from config.health.checks import NotReady, audit_lag
from config.health.readiness import Check, Readiness
from config.running import app

TOKEN = "m" * 32
BOTH = pytest.mark.django_db(databases=["default", "audit"])


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


@BOTH
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


@BOTH
def test_with_a_token_set_only_the_token_counts(client: Client, settings: Settings) -> None:
    settings.GATEHOUSE_METRICS_TOKEN = TOKEN
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 401
    assert client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}x"}).status_code == 401
    assert (
        client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}, REMOTE_ADDR="192.0.2.1").status_code == 200
    )


def figures(client: Client) -> dict[str, float]:
    """What is said of the audit log."""
    lines = client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode().splitlines()
    pairs = [line.split() for line in lines if line.startswith("gatehouse_audit_")]
    return {name.removeprefix("gatehouse_audit_"): float(value) for name, value in pairs}


@pytest.mark.django_db(transaction=True, databases=["default", "audit"])
def test_metrics_say_how_the_audit_log_stands(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    record("key.created")
    waiting = figures(client)
    assert 0 < waiting["lag_seconds"] < 60
    assert (waiting["up"], waiting["events"]) == (1, 0)
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    SpoolWriterRow.objects.create(id=uuid4(), node="n", pid=1, boot_id="", opened_at=timezone.now(), gaps=3)
    VerificationRun.objects.create(state="broken", ended_at=timezone.now())
    stands = figures(client)
    assert (stands["lag_seconds"], stands["events"], stands["signed_events"]) == (0, 1, 0)
    assert (stands["missing_records"], stands["verification_failed"], stands["dead_letters"]) == (3, 1, 0)

    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(evidence_metrics, "vital_signs", away)
    assert figures(client) == {"up": 0}
    assert b"python_info" in client.get("/metrics", REMOTE_ADDR="127.0.0.1").content


@pytest.mark.django_db(transaction=True, databases=["default", "audit"])
def test_readiness_says_how_long_the_oldest_record_waits() -> None:
    record("proxy.request.rejected", outcome="denied")  # still in the open segment
    assert re.fullmatch(r"the oldest record waits \d+ s; 0 spool segments wait", audit_lag())


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_nothing_is_posted_there(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
