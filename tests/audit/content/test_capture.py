"""From the policy to what is kept of a call, through the real gateway."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings as live

from audit.content.sealing import ciphertext, opened, path_of
from audit.models import AuditBlob, AuditEvent, AuditPolicy, KeptContent, SecretSighting, SubjectKey
from audit.verification import verify
from tests.asgi_client import AsgiClient
from tests.audit.content.conftest import put_policy, taken_in
from tests.gateway_world import World
from tests.llmproxy.views.test_chat import stream_hello
from tests.upstream import Upstream

PATH = "/v1/chat/completions"
CANARY = "sk-proj-canary0123456789canary"


def asked(text: str = "hello", **more: Any) -> dict[str, Any]:
    return {"model": "public", "messages": [{"role": "user", "content": text}], **more}


def files_with(text: bytes) -> list[Path]:
    """What lies in the data directory, and where bodies go, and holds `text`."""
    places = (Path(live.GATEHOUSE_DATA), Path(live.AUDIT_BLOBS), Path(live.AUDIT_CONTENT_SPOOL))
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    return [path for path in files if text in path.read_bytes()]


@sync_to_async
def policy(world: World, level: str, **more: Any) -> AuditPolicy:
    return put_policy(str(world.organisation.pk), {"level": level}, **more)


@sync_to_async
def kept() -> dict[str, KeptContent]:
    return {one.kind: one for one in taken_in()}


@sync_to_async
def text_of(blob_id: Any) -> str:
    return opened(AuditBlob.objects.select_related("key").get(pk=blob_id)).decode()


@sync_to_async
def events(**where: Any) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(**where).order_by("leaf_index"))


async def test_by_default_nothing_that_was_said_is_kept(gateway: AsgiClient, world: World) -> None:
    assert (await gateway.bearing(world.key).post(PATH, asked(CANARY))).status == 200
    assert await kept() == {}
    assert files_with(b"hello") == []
    assert all(CANARY.encode() not in bytes(event.raw) for event in await events())


async def test_what_was_asked_and_answered_is_kept_where_the_policy_says_so(gateway: AsgiClient, world: World) -> None:
    row = await policy(world, "request_and_answer")
    answer = await gateway.bearing(world.key).post(PATH, asked("how are you, ann@example.org?"))
    found = await kept()
    assert set(found) == {"request", "answer"}
    original = json.loads(await text_of(found["request"].original_id))
    assert original["messages"][0]["content"] == "how are you, ann@example.org?"
    assert "[e-mail address]" in await text_of(found["request"].redacted_id)
    assert await text_of(found["answer"].original_id) == answer.body.decode()
    [started] = await events(type="proxy.request.started")
    assert (started.audit_level, started.policy_version) == (3, row.label)
    leaves = await events(type="data.content.kept")
    assert {leaf.request_id for leaf in leaves} == {started.request_id}
    assert started.attrs["content"]["request"] == leaves[0].attrs["content"]
    blob = await AuditBlob.objects.aget(pk=found["request"].original_id)
    assert leaves[0].attrs["original"]["sha256"] == blob.sha256_cipher
    assert leaves[0].actor_id == started.actor_id


async def test_what_is_asked_alone_is_kept_at_that_level(gateway: AsgiClient, world: World) -> None:
    await policy(world, "request")
    await gateway.bearing(world.key).post(PATH, asked())
    assert set(await kept()) == {"request"}


async def test_a_strangers_call_is_not_kept(gateway: AsgiClient, world: World) -> None:
    await policy(world, "request_and_answer")
    await gateway.bearing(world.strangers_key).post(PATH, asked(CANARY))
    assert await kept() == {}


async def test_at_level_none_calls_are_only_counted_and_billed(gateway: AsgiClient, world: World) -> None:
    row, seen = await policy(world, "none"), []
    for _ in range(3):
        answer = await gateway.bearing(world.key).post(PATH, asked(user="ann"), headers=[("x-gatehouse-tags", "ann")])
        assert answer.status == 200
        seen.append(answer.headers["x-request-id"])
    assert await kept() == {}
    billed = await events(category="proxy")
    assert [event.type for event in billed] == ["proxy.request.completed"] * 3
    for event in billed:
        assert (event.organisation_id, event.tokens_in, event.tokens_out) == (str(world.organisation.pk), 7, 3)
        assert (event.actor_type, event.actor_id, event.key_id, event.key_prefix) == ("anonymous", "", "", "")
        assert (event.src_ip, event.user_agent, event.http_path) == (None, "", "")
        assert event.request_id not in seen
        assert event.audit_level == 0 and set(event.attrs) == {"price", "endpoint", "deployment", "stream"}
        assert b"ann" not in bytes(event.raw) and b"hello" not in bytes(event.raw)
    [counted] = await events(type="audit.policy.skipped")
    assert (counted.attrs["count"], counted.attrs["policy_version"]) == (3, row.label)


async def test_a_secret_is_nowhere(gateway: AsgiClient, world: World) -> None:
    await policy(world, "request_and_answer")
    await gateway.bearing(world.key).post(PATH, asked(f"my key is {CANARY}"))
    found = await kept()
    for one in (found["request"].original_id, found["request"].redacted_id):
        assert "[secret " in await text_of(one)
        assert CANARY not in await text_of(one)
    assert await SecretSighting.objects.acount() == 1
    assert files_with(CANARY.encode()) == []


async def test_a_stream_is_kept_as_its_text(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    await policy(world, "request_and_answer")
    upstream.script = stream_hello
    answer = await gateway.bearing(world.key).post(PATH, asked(stream=True))
    assert answer.status == 200
    found = await kept()
    said = json.loads(await text_of(found["answer"].original_id))
    assert said["streamed"] is True
    assert found["answer"].size == len(answer.body)
    assert said["text"]["content"]


async def test_what_is_too_long_is_cut_and_says_so(gateway: AsgiClient, world: World) -> None:
    await policy(world, "request", largest_kib=1)
    await gateway.bearing(world.key).post(PATH, asked("x" * 5000))
    found = (await kept())["request"]
    assert found.cut
    assert found.size > 5000
    [leaf] = await events(type="data.content.kept")
    assert leaf.attrs["cut_to"] == 1024
    assert len(await text_of(found.original_id)) == 1024


async def test_a_large_body_lies_in_a_file_and_a_small_one_in_the_row(gateway: AsgiClient, world: World) -> None:
    await policy(world, "request")
    noise = "".join(f"{n * 7919 % 104729:x}" for n in range(40_000))
    await gateway.bearing(world.key).post(PATH, asked(noise))
    found = (await kept())["request"]
    blob = await AuditBlob.objects.aget(pk=found.original_id)
    assert blob.location == "file"
    assert path_of(blob).read_bytes() == ciphertext(blob)
    assert noise in await text_of(blob.pk)


async def test_each_person_and_month_has_a_key_and_equal_content_lies_once_under_it(
    gateway: AsgiClient, world: World
) -> None:
    await policy(world, "request")
    caller = gateway.bearing(world.key)
    for user in ("p1", "p1", "p2"):
        await caller.post(PATH, asked("same", user=user))
    rows = await sync_to_async(taken_in)()
    assert len(rows) == 3
    assert len({row.original_id for row in rows}) == 2
    assert await SubjectKey.objects.acount() == 2


async def test_taken_in_twice_it_is_there_once_and_the_log_holds(gateway: AsgiClient, world: World) -> None:
    await policy(world, "request_and_answer")
    await gateway.bearing(world.key).post(PATH, asked())
    assert len(await kept()) == 2
    assert len(await kept()) == 2
    report = await sync_to_async(verify)()
    assert report.findings == []


async def test_a_body_that_never_arrived_is_found(
    gateway: AsgiClient, world: World, settings: Any, tmp_path: Path
) -> None:
    await policy(world, "request")
    await gateway.bearing(world.key).post(PATH, asked())
    apps.get_app_config("audit").close()
    apps.get_app_config("audit").__dict__.pop("contents")
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "emptied"
    assert await kept() == {}
    assert (await sync_to_async(verify)()).findings == []  # it may be on its way
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=False):
        [finding] = (await sync_to_async(verify)()).findings
    assert "never reached the log" in finding


async def test_what_cannot_be_kept_refuses_the_call_before_anything_leaves(
    gateway: AsgiClient, world: World, upstream: Upstream, settings: Any, tmp_path: Path
) -> None:
    await policy(world, "request")
    (tmp_path / "file").write_text("where the spool should be")
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "file"
    answer = await gateway.bearing(world.key).post(PATH, asked())
    assert (answer.status, answer.json()["error"]["code"]) == (503, "audit_unavailable")
    assert upstream.received == []


async def test_where_the_policy_lets_it_go_on_what_is_missing_is_counted(
    gateway: AsgiClient, world: World, settings: Any, tmp_path: Path
) -> None:
    await policy(world, "request_and_answer", fail_modes={"proxy": "open"})
    (tmp_path / "file").write_text("where the spool should be")
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "file"
    assert (await gateway.bearing(world.key).post(PATH, asked())).status == 200
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "content-spool"
    assert await kept() == {}
    [said] = await events(type="audit.dropped")
    assert said.attrs["events"] == {"data.content.request": 1, "data.content.answer": 1}


async def test_the_data_plane_asks_no_database_for_it(
    gateway: AsgiClient, world: World, database_calls: list[str]
) -> None:
    await policy(world, "request_and_answer")
    database_calls.clear()
    assert (await gateway.bearing(world.key).post(PATH, asked())).status == 200
    assert database_calls == []


@pytest.mark.parametrize("body", [b"\xff\xfe\x00sound", b"{}", b'"' + b"\\u0000" * 10 + b'"'])
async def test_whatever_a_body_holds_it_comes_back_as_it_was(world: World, body: bytes) -> None:
    from uuid_utils.compat import uuid7

    about = {
        "columns": {"request_id": "r1", "organisation_id": "o", "actor": {"type": "user", "id": "usr:1", "name": "n"}},
        "kind": "request", "subject": "usr:1", "media_type": "application/octet-stream", "size": len(body),
        "cut": False,
    }  # fmt: skip
    apps.get_app_config("audit").contents.keep(uuid7(), about, body)
    found = (await kept())["request"]
    blob = await AuditBlob.objects.select_related("key").aget(pk=found.original_id)
    assert await sync_to_async(opened)(blob) == body
