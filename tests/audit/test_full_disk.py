"""A full disk: what cannot be recorded does not happen, or goes on and is counted, as the policy says (AUDIT D5, T5).

The disk is full for this process alone: RLIMIT_FSIZE makes the kernel refuse what a full disk would refuse.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.test import Client

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent, AuditPolicy
from audit.verification import verify
from tests.asgi_client import AsgiClient
from tests.audit.content.conftest import put_policy
from tests.gateway_world import PASSWORD, World
from tests.upstream import Upstream

PATH = "/v1/chat/completions"
ASK = {"model": "public", "messages": [{"role": "user", "content": "hello"}]}
TINY = 64 * 1024  # less than a segment


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can grow beyond TINY, so that no segment can be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (TINY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@sync_to_async
def policy(organisation_id: str, **modes: str) -> AuditPolicy:
    return put_policy(organisation_id, fail_modes=modes)


@sync_to_async
def logged(settings: Any) -> list[AuditEvent]:
    """All records, taken in now; and the log holds."""
    apps.get_app_config("audit").close()
    apps.get_app_config("audit").__dict__.pop("recorder", None)
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    assert verify().findings == []
    return list(AuditEvent.objects.order_by("leaf_index"))


async def test_closed_the_call_is_refused_before_anything_leaves_and_works_again_by_itself(
    gateway: AsgiClient, world: World, upstream: Upstream, settings: Any
) -> None:
    caller = gateway.bearing(world.key)
    with full_disk():
        answer = await caller.post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (503, "audit_unavailable")
    assert upstream.received == []
    assert (await caller.post(PATH, ASK)).status == 200
    events = await logged(settings)
    assert [event.type for event in events if event.type.endswith(("started", "completed"))] == [
        "proxy.request.started", "proxy.request.completed",
    ]  # fmt: skip
    [dropped] = [event for event in events if event.type == "audit.dropped"]
    assert (dropped.attrs["refused"], dropped.attrs["count"]) == ({"proxy.request.started": 1}, 0)


async def test_open_the_call_goes_on_and_the_gap_has_a_size(
    gateway: AsgiClient, world: World, upstream: Upstream, settings: Any
) -> None:
    await policy(str(world.organisation.pk), proxy="open")
    caller = gateway.bearing(world.key)
    with full_disk():
        for _ in range(3):
            assert (await caller.post(PATH, ASK)).status == 200
        stranger = await gateway.bearing(world.strangers_key).post(PATH, ASK)
    assert stranger.status in (404, 503)  # the policy is of one organisation
    assert (await caller.post(PATH, ASK)).status == 200
    events = await logged(settings)
    assert len([event for event in events if event.type == "proxy.request.completed"]) == 1
    dropped = {event.organisation_id: event.attrs["events"] for event in events if event.type == "audit.dropped"}
    assert dropped[str(world.organisation.pk)] == {"proxy.request.started": 3, "proxy.request.completed": 3}


async def test_an_end_that_cannot_be_kept_is_no_error_of_the_call(
    gateway: AsgiClient, world: World, upstream: Upstream, settings: Any
) -> None:
    sent = upstream.script

    async def fill_the_disk(received: Any, reply: Any) -> None:
        writer = apps.get_app_config("audit").recorder.writer()
        with writer.lock():
            writer._close_segment()  # the next record needs a segment that there is no room for
        await sent(received, reply)

    upstream.script = fill_the_disk
    caller = gateway.bearing(world.key)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    apps.get_app_config("audit").recorder.record("audit.writer.heartbeat", "success", None, None, None, {})
    resource.setrlimit(resource.RLIMIT_FSIZE, (TINY, hard))
    try:
        answer = await caller.post(PATH, ASK)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert answer.status == 200
    events = await logged(settings)
    [dropped] = [event for event in events if event.type == "audit.dropped"]
    assert dropped.attrs["events"] == {"proxy.request.completed": 1}
    assert len([event for event in events if event.type == "proxy.request.started"]) == 1


def test_a_log_in_that_cannot_be_recorded_does_not_happen(world: World, client: Client) -> None:
    given = {"username": "bob", "password": PASSWORD}
    with full_disk():
        refused = client.post("/api/token/", given, content_type="application/json")
    assert refused.status_code == 503
    assert client.post("/api/token/", given, content_type="application/json").status_code == 200


def test_or_does_and_is_counted_where_the_installation_says_so(world: World, client: Client, settings: Any) -> None:
    put_policy("", fail_modes={"auth": "open"})
    given = {"username": "bob", "password": PASSWORD}
    with full_disk():
        answered = client.post("/api/token/", given, content_type="application/json")
    assert answered.status_code == 200
    apps.get_app_config("audit").close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    [dropped] = AuditEvent.objects.filter(type="audit.dropped")
    assert dropped.attrs["count"] == sum(dropped.attrs["events"].values()) >= 1
    assert all(name.startswith("auth.") for name in dropped.attrs["events"])


@pytest.mark.django_db(transaction=True, databases=["default", "audit"])
def test_what_cannot_be_said_now_is_said_later(settings: Any) -> None:
    recorder = apps.get_app_config("audit").recorder
    with full_disk():
        for _ in range(2):
            recorder.record("audit.writer.heartbeat", "success", None, None, None, {})
        recorder.say_absent()
        recorder.say_absent()
    assert recorder.absent.has_dropped
    recorder.say_absent()
    assert not recorder.absent
    apps.get_app_config("audit").close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    [dropped] = AuditEvent.objects.filter(type="audit.dropped")
    assert dropped.attrs["events"] == {"audit.writer.heartbeat": 2}
