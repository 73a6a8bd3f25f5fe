"""Circuits in the admin and the management API: seen by those who see the model, closed by those who may change it."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from accounts.models import User
from audit.models import OutboxRecord
from llmproxy.actions import probe_deployment
from llmproxy.health import reading
from llmproxy.models import ModelDeployment
from llmproxy.routing.health.board import Told
from tests.accounts.api.conftest import client_of  # noqa: F401 (fixture)
from tests.gateway_world import World
from tests.valkey import running_valkey

PAGE = "/admin/llmproxy/modeldeployment/circuits/"
BACKEND = "django.contrib.auth.backends.ModelBackend"
FAR = 4_000_000_000.0


@pytest.fixture
def store(settings) -> Iterator[None]:  # type: ignore[no-untyped-def]
    with running_valkey() as url:
        settings.REDIS_URL = url
        yield


@pytest.fixture
def deployment(world: World, store: None) -> ModelDeployment:
    world.add_route(world.add_provider("simulator://local/v1"))
    found = ModelDeployment.objects.get()
    reading.tell(Told(str(found.pk), FAR, 1, "status 500", 1.0))
    key = found.provider.credentials.get()
    reading.tell(Told(f"{found.pk}/{key.pk}", FAR, 1, "status 429", 1.0))
    return found


def closings() -> list[bytes]:
    raws = (bytes(row.raw) for row in OutboxRecord.objects.all())
    return [raw for raw in raws if b"admin.circuit.closed" in raw]


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, BACKEND)
    return client


def test_an_open_circuit_is_shown_with_its_reason(world: World, deployment: ModelDeployment) -> None:
    page = browser(world.alice).get(PAGE).content.decode()
    assert "status 500; tried again in" in page and "key “default”: status 429" in page
    assert "Close the circuit" in page


def test_the_stranger_sees_nothing_of_it(world: World, deployment: ModelDeployment) -> None:
    assert "up-public" not in browser(world.charlie).get(PAGE).content.decode()
    assert browser(world.bob).get(PAGE).status_code == 403
    close = f"{PAGE}{deployment.pk}/close/"
    assert browser(world.charlie).post(close).status_code == 404
    assert browser(world.alice).get(close).status_code == 403


def test_closing_it_is_on_record_and_told_to_all(world: World, deployment: ModelDeployment) -> None:
    answer = browser(world.alice).post(f"{PAGE}{deployment.pk}/close/", follow=True)
    assert "2 circuit(s) of up-public at local closed" in answer.content.decode()
    assert not reading.overview().circuits
    (raw,) = closings()
    assert b"status 500" in raw and str(deployment.pk).encode() in raw


def test_where_the_store_is_away_it_is_said_and_nothing_is_recorded(world: World, settings) -> None:  # type: ignore[no-untyped-def]
    world.add_route(world.add_provider("simulator://local/v1"))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    alice = browser(world.alice)
    assert "The shared store is away" in alice.get(PAGE).content.decode()
    said = alice.post(f"{PAGE}{ModelDeployment.objects.get().pk}/close/", follow=True).content.decode()
    assert "the processes cannot be told" in said
    assert closings() == []


def test_the_management_api_does_the_same(
    client_of: Callable[..., Client],  # noqa: F811
    deployment: ModelDeployment,
) -> None:
    alice, charlie = client_of("alice"), client_of("charlie")
    (seen,) = alice.get("/api/v1/models/circuits").json()["items"]
    assert seen["model"] == str(deployment.pk) and seen["circuits"][0]["reason"].startswith("status")
    assert charlie.get("/api/v1/models/circuits").json()["items"] == []
    path = f"/api/v1/models/{deployment.pk}/close_circuit"
    assert charlie.post(path, content_type="application/json").status_code == 404
    assert alice.post(path, content_type="application/json").json() == {"closed": 2}


@pytest.mark.parametrize(("model", "problem"), [("simulator-chat", ""), ("simulator-chat+error=500", "status 500")])
def test_a_probe_tells_what_it_found(world: World, deployment: ModelDeployment, model: str, problem: str) -> None:
    ModelDeployment.objects.update(upstream_model=model, probe=True)
    row = ModelDeployment.objects.select_related("provider").get()
    assert probe_deployment.execute(row) == problem
    known = reading.overview()
    told = known.circuits.get(str(row.pk))
    assert (told.reason if told else "") == (f"probe: {problem}" if problem else "")
    assert known.probes[str(row.pk)]["problem"] == problem
    assert ("well," if not problem else "status 500,") in browser(world.alice).get(PAGE).content.decode()
