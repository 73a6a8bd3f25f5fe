"""POST /v1/chat/completions."""

import asyncio

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent
from tests.asgi_client import AsgiClient
from tests.gateway_world import SECRET, World
from tests.upstream import ANSWER, Received, Reply, Upstream

PATH = "/v1/chat/completions"
ASK = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}
STREAM = {**ASK, "stream": True}


def chunk(text: str, finish: str | None = None) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}


async def stream_hello(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    for text in ("Hel", "lo"):
        await reply.event(chunk(text))
    await reply.event(chunk("", "stop"))
    await reply.event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}})
    await reply.end_stream()


@sync_to_async
def recorded(settings) -> list[AuditEvent]:  # type: ignore[no-untyped-def]
    """The proxy's records, taken in now."""
    apps.get_app_config("audit").close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    return list(AuditEvent.objects.filter(category="proxy").order_by("leaf_index"))


async def test_it_passes_the_call_through(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert (answer.status, answer.json()) == (200, ANSWER)
    sent = upstream.received[0]
    assert sent.target == "/v1/chat/completions"
    assert sent.json() == {**ASK, "model": "up-public"}
    assert sent.headers["authorization"] == f"Bearer {SECRET}"


async def test_nothing_of_the_clients_credential_reaches_the_provider(
    gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    headers = [("content-type", "application/json"), ("x-api-key", world.key), ("cookie", "a=b"), ("x-tenant", "evil")]
    await gateway.call("POST", PATH, body=orjson.dumps(ASK), headers=headers)
    sent = upstream.received[0]
    assert world.key not in str(sent)
    assert not {"cookie", "x-tenant", "x-api-key"} & sent.headers.keys()


async def test_a_call_leaves_two_records(gateway: AsgiClient, world: World, settings) -> None:  # type: ignore[no-untyped-def]
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    started, completed = await recorded(settings)
    assert (started.type, completed.type) == ("proxy.request.started", "proxy.request.completed")
    assert started.request_id == completed.request_id == answer.headers["x-request-id"]
    assert (completed.tokens_in, completed.tokens_out) == (7, 3)
    assert completed.organisation_id == str(world.organisation.pk)
    assert completed.provider == "local"


async def test_a_call_asks_the_database_nothing(
    gateway: AsgiClient, world: World, upstream: Upstream, database_calls: list[str]
) -> None:
    whole = await gateway.bearing(world.key).post(PATH, ASK)
    upstream.script = stream_hello
    streamed = await gateway.bearing(world.key).post(PATH, STREAM)
    refused = await gateway.bearing("nonsense").post(PATH, ASK)
    assert (whole.status, streamed.status, refused.status) == (200, 200, 401)
    assert database_calls == []


async def test_a_call_hops_to_no_thread(gateway: AsgiClient, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = gateway.bearing(world.key)
    await client.post(PATH, ASK)
    loop = asyncio.get_running_loop()
    hops: list[object] = []
    monkeypatch.setattr(loop, "run_in_executor", lambda *arguments: hops.append(arguments))
    answer = await client.post(PATH, ASK)
    assert answer.status == 200
    assert hops == []


async def test_a_stream_comes_through_without_the_usage_that_nobody_asked_for(
    gateway: AsgiClient, world: World, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    upstream.script = stream_hello
    answer = await gateway.bearing(world.key).post(PATH, STREAM)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert b"usage" not in answer.body
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert upstream.received[0].json()["stream_options"] == {"include_usage": True}
    assert "set-cookie" not in answer.headers
    _, completed = await recorded(settings)
    assert (completed.type, completed.tokens_in, completed.tokens_out) == ("proxy.request.completed", 7, 2)
    assert completed.ttft_us is not None


async def test_a_stream_that_is_cut_ends_with_an_error_event_and_is_recorded_as_failed(
    gateway: AsgiClient, world: World, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    async def cut(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await reply.event(chunk("Hel"))
        reply.writer.write(b"0\r\n\r\n")

    upstream.script = cut
    answer = await gateway.bearing(world.key).post(PATH, STREAM)
    assert b"upstream_stream_cut" in answer.body
    assert b"[DONE]" not in answer.body
    assert answer.finished
    _, failed = await recorded(settings)
    assert (failed.type, failed.error_code) == ("proxy.request.failed", "upstream_stream_cut")


async def test_a_client_that_leaves_ends_the_providers_call(
    gateway: AsgiClient, world: World, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    async def endless(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        while True:
            await reply.event(chunk("on and on "))
            await asyncio.sleep(0.02)

    upstream.script = endless
    gone = asyncio.Event()

    async def leave_after_some(_: bytes) -> None:
        if len(upstream.received) and not gone.is_set():
            asyncio.get_running_loop().call_later(0.3, gone.set)

    answer = await asyncio.wait_for(
        gateway.bearing(world.key).post(PATH, STREAM, gone=gone, on_chunk=leave_after_some), 10
    )
    assert not answer.finished
    await asyncio.wait_for(upstream.closed.wait(), 5)
    _, aborted = await recorded(settings)
    assert (aborted.type, aborted.error_code) == ("proxy.request.aborted", "client_disconnected")


async def test_a_silent_provider_is_bridged_by_comments(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    async def slow(received: Received, reply: Reply) -> None:
        await asyncio.sleep(0.3)
        await stream_hello(received, reply)

    upstream.script = slow
    apps.get_app_config("llmproxy").runtime.keep_alive_seconds = 0.05
    answer = await gateway.bearing(world.key).post(PATH, STREAM)
    assert answer.body.startswith(b": keep-alive\n\n")
    assert answer.body.endswith(b"data: [DONE]\n\n")


async def test_an_error_before_the_first_byte_of_a_stream_keeps_its_status(
    gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    upstream.script = lambda _, reply: reply.json({"error": {"message": "slow down"}}, 429, "retry-after: 7")
    answer = await gateway.bearing(world.key).post(PATH, STREAM)
    assert (answer.status, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["error"]["code"] == "upstream_rate_limited"


@pytest.mark.parametrize(
    ("status", "seen", "code"),
    [
        (401, 502, "upstream_auth_error"), (403, 502, "upstream_auth_error"), (404, 502, "upstream_error"),
        (500, 502, "upstream_error"), (503, 503, "upstream_unavailable"), (504, 504, "upstream_timeout"),
        (302, 502, "upstream_error"), (422, 422, "upstream_rejected"),
    ],
)  # fmt: skip
async def test_a_providers_refusal_is_translated_and_leaks_nothing(
    gateway: AsgiClient, world: World, upstream: Upstream, status: int, seen: int, code: str
) -> None:
    canary = f"Incorrect API key provided: {SECRET}"
    upstream.script = lambda _, reply: reply.json(
        {"error": {"message": canary}}, status, "openai-organization: org-canary"
    )
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (seen, code)
    assert SECRET not in str(answer)
    assert "org-canary" not in str(answer)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "invalid_json"),
        (b"{", 400, "invalid_json"),
        (b"[]", 400, "invalid_json"),
        (b'{"model": "public"}', 400, "invalid_parameter"),
        (b'{"model": "public", "messages": []}', 400, "invalid_parameter"),
        (b'{"model": "public", "messages": "hi"}', 400, "invalid_parameter"),
        (b'{"model": 7, "messages": [1]}', 400, "invalid_parameter"),
        (b'{"messages": [1]}', 400, "invalid_parameter"),
        (b'{"model": "public", "messages": [1], "stream": "yes"}', 400, "invalid_parameter"),
        (b'{"model": "public", "messages": [1], "stream_options": 1}', 400, "invalid_parameter"),
        (b'{"model": "no\\u0000pe\\r\\nX: y", "messages": [1]}', 404, "model_not_found"),
        (b'{"model": "vectors", "messages": [1]}', 404, "model_not_found"),
        (b'{"model": "public", "messages": [' + b"[" * 5000 + b"]" * 5000 + b"]}", 400, "invalid_json"),
        (b"\xff\xfe{}", 400, "invalid_json"),
    ],
)
async def test_bad_input_is_named_and_nothing_is_sent(
    gateway: AsgiClient, world: World, upstream: Upstream, body: bytes, status: int, code: str
) -> None:
    answer = await gateway.bearing(world.key).call("POST", PATH, body=body)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)
    assert upstream.received == []


async def test_the_stranger_does_not_see_the_model(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    answer = await gateway.bearing(world.strangers_key).post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert upstream.received == []


async def test_the_body_of_a_stranger_is_never_read(gateway: AsgiClient) -> None:
    answer = await gateway.call("POST", PATH, pieces=[b"x" * 1000] * 5, headers=[("authorization", "Bearer nonsense")])
    assert answer.status == 401


async def test_other_media_types_and_compressed_bodies_are_refused(gateway: AsgiClient, world: World) -> None:
    client = gateway.bearing(world.key)
    form = await client.call("POST", PATH, body=b"a=b", headers=[("content-type", "application/x-www-form-urlencoded")])
    gzip = await client.call("POST", PATH, body=b"{}", headers=[("content-encoding", "gzip")])
    assert (form.status, gzip.status) == (415, 415)


async def test_a_refusal_is_on_record_with_its_reason(gateway: AsgiClient, world: World, settings) -> None:  # type: ignore[no-untyped-def]
    await gateway.bearing(world.key).post(PATH, {**ASK, "model": "nope"})
    await gateway.post(PATH, ASK)
    known, stranger = await recorded(settings)
    assert (known.type, known.error_code, known.http_status) == ("proxy.request.rejected", "model_not_found", 404)
    assert known.organisation_id == str(world.organisation.pk)
    assert (stranger.actor_type, stranger.error_code) == ("anonymous", "not_authenticated")


async def test_the_cap_on_parallel_calls_says_what_it_is_and_frees_its_places(
    gateway: AsgiClient, world: World
) -> None:
    runtime = apps.get_app_config("llmproxy").runtime
    runtime.most_parallel = 0
    refused = await gateway.bearing(world.key).post(PATH, ASK)
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    runtime.most_parallel = 1
    for _ in range(3):
        assert (await gateway.bearing(world.key).post(PATH, ASK)).status == 200
    assert not runtime.parallel


async def test_a_call_that_cannot_be_recorded_is_not_made(
    gateway: AsgiClient, world: World, upstream: Upstream, settings, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    blocked = tmp_path / "spool"
    blocked.write_text("a file where the spool should be")
    settings.AUDIT_SPOOL = blocked
    apps.get_app_config("audit").__dict__.pop("recorder", None)
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (503, "audit_unavailable")
    assert upstream.received == []


async def test_stale_configuration_lets_nothing_through(
    gateway: AsgiClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmproxy.views.gateway.LONGEST_WAIT_SECONDS", 0.1)
    apps.get_app_config("llmproxy").runtime.stale_seconds = -1.0
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (503, "not_ready")
