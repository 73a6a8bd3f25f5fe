"""The same product on PostgreSQL, Redis and RabbitMQ: as in production."""

import os
import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg
import pytest
import redis

from tests.e2e.conftest import add_provider
from tests.e2e.product import Answer, Product, eventually
from tests.e2e.provider import Provider
from tests.e2e.streaming import Stream

pytestmark = [pytest.mark.processes, pytest.mark.services]

POSTGRES = os.environ.get("GATEHOUSE_TEST_POSTGRES_URL") or "postgres://postgres:postgres@127.0.0.1:5432/postgres"
REDIS = os.environ.get("GATEHOUSE_TEST_REDIS_URL") or "redis://127.0.0.1:6379/9"
PARALLEL = 20
RABBITMQ = os.environ.get("GATEHOUSE_TEST_AMQP_URL") or "amqp://guest:guest@127.0.0.1:5672//"


def _absent(service: str, reason: object) -> None:
    """In CI the services have to be there; elsewhere their absence is reported."""
    message = f"{service} is not reachable: {reason}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The URL of a database that is dropped afterwards."""
    name = f"gatehouse_e2e_{uuid.uuid4().hex[:12]}"
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        _absent("PostgreSQL", error)
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{name}"))
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def produced(database: str, tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Product]:
    """The product on the three services."""
    _need_redis()
    _need_rabbitmq()
    settings = {
        "DATABASE_URL": database,
        "AUDIT_DATABASE_URL": database,
        "REDIS_URL": REDIS,
        "CELERY_BROKER_URL": RABBITMQ,
    }
    settings["GATEHOUSE_EGRESS_ALLOW"] = f"127.0.0.1:{provider.port}"
    one = Product(tmp_path_factory.mktemp("services") / "data", settings)
    one.start()
    try:
        add_provider(one, provider)
        yield one
    finally:
        one.stop()


def _need_redis() -> None:
    client = redis.Redis.from_url(REDIS, socket_connect_timeout=3)
    try:
        client.ping()
    except redis.RedisError as error:
        _absent("Redis", error)
    finally:
        client.close()


def _need_rabbitmq() -> None:
    parts = urlsplit(RABBITMQ)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 5672), timeout=3).close()
    except OSError as error:
        _absent("RabbitMQ", error)


def test_calls_are_answered_with_every_credential(produced: Product) -> None:
    for credential in (produced.first_run["api_key"], produced.program_token(), produced.person_token()):
        body = {"model": "whole", "messages": [{"role": "user", "content": "hi"}]}
        assert produced.call("POST", "/v1/chat/completions", body, credential=credential).status == 200
    with Stream(produced, "think") as stream:
        assert list(stream.lines())[-1] == "data: [DONE]"


def test_of_twenty_parallel_refreshes_of_one_token_at_most_one_successor_lives(produced: Product) -> None:
    login = {"username": produced.first_run["admin_username"], "password": produced.first_run["admin_password"]}
    pair = produced.call("POST", "/api/token/", login, credential=None).json()

    def refreshed(token: str) -> Answer:
        form = {"grant_type": "refresh_token", "client_id": "password-login", "refresh_token": token}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return produced.call("POST", "/oauth/token", urlencode(form).encode(), credential=None, headers=kind)

    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = list(pool.map(refreshed, [pair["refresh"]] * PARALLEL))
    winners = [answer for answer in answers if answer.status == 200]
    assert len(winners) <= 1
    assert {answer.json()["error"] for answer in answers if answer.status != 200} == {"invalid_grant"}
    # The losers are reuse: the session is over, so no successor lives at all, and its access tokens end.
    assert all(refreshed(winner.json()["refresh_token"]).status == 400 for winner in winners)

    def is_refused() -> bool:
        return produced.call("GET", "/v1/models", credential=pair["access"]).status == 401

    eventually(is_refused, 5, "the session's access token is refused")


def test_celery_writes_the_records_to_postgresql(produced: Product) -> None:
    request_id = produced.chat(model="whole").headers["x-request-id"]
    expected = {"proxy.request.started": 1, "proxy.request.completed": 1}
    eventually(lambda: produced.proxy_events([request_id])[request_id] == expected, 30, "the call is in the log")
    verified = produced.manage("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_no_bundled_server_runs_beside_the_real_one(produced: Product) -> None:
    assert not produced.pids("valkey-server")
