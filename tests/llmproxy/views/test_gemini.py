"""POST /v1beta/models/{model}:{action}."""

from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps

from tests.asgi_client import AsgiClient
from tests.gateway_world import SECRET, World
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

ASK = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
ANSWER = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}],
    "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 2, "thoughtsTokenCount": 1},
}


@pytest.fixture
async def gemini(gateway: AsgiClient, world: World, upstream: Upstream) -> AsgiClient:
    """The gateway with routes to a provider that speaks Gemini's wire."""

    def add() -> None:
        provider = world.add_provider(
            f"http://127.0.0.1:{upstream.port}/v1beta", "google", wire="gemini", auth_scheme="header",
            auth_header_name="x-goog-api-key",
        )  # fmt: skip
        world.add_route(provider, "gemini", default=False)
        world.add_route(provider, "google/vec:1", kind="embeddings", default=False)
        apps.get_app_config("accounts").watcher.poll()

    await sync_to_async(add)()
    upstream.script = lambda _, reply: reply.json(ANSWER)
    return AsgiClient(gateway.application, [("x-goog-api-key", world.key)])


async def stream_hello(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event({"candidates": [{"content": {"parts": [{"text": "hel"}]}}]})
    await reply.event(ANSWER)
    reply.writer.write(b"0\r\n\r\n")


@pytest.mark.parametrize("prefix", ["/v1beta", "/v1", "/genai/v1beta", "/genai", ""])
async def test_it_passes_the_call_through(gemini: AsgiClient, upstream: Upstream, prefix: str) -> None:
    answer = await gemini.post(f"{prefix}/models/gemini:generateContent", ASK)
    assert (answer.status, answer.json()) == (200, ANSWER)
    sent = upstream.received[0]
    assert sent.target == "/v1beta/models/up-gemini:generateContent"
    assert (sent.body, sent.headers["x-goog-api-key"]) == (orjson.dumps(ASK), SECRET)


async def test_a_stream_passes_untouched_and_is_settled(gemini: AsgiClient, upstream: Upstream, settings) -> None:  # type: ignore[no-untyped-def]
    upstream.script = stream_hello
    answer = await gemini.post("/v1beta/models/gemini:streamGenerateContent?alt=sse", ASK)
    assert answer.body.count(b"data: ") == 2
    assert upstream.received[0].target == "/v1beta/models/up-gemini:streamGenerateContent?alt=sse"
    _, completed = await recorded(settings)
    assert (completed.type, completed.tokens_in, completed.tokens_out) == ("proxy.request.completed", 7, 3)


async def test_a_cut_stream_ends_with_googles_error(gemini: AsgiClient, upstream: Upstream, settings) -> None:  # type: ignore[no-untyped-def]
    async def cut(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await reply.event({"candidates": [{"content": {"parts": [{"text": "hel"}]}}]})
        reply.writer.write(b"0\r\n\r\n")

    upstream.script = cut
    answer = await gemini.post("/v1beta/models/gemini:streamGenerateContent?alt=sse", ASK)
    assert b'data: {"error":{"code":502,' in answer.body
    _, failed = await recorded(settings)
    assert failed.error_code == "upstream_stream_cut"


async def test_without_events_a_stream_is_one_array_and_is_settled(
    gemini: AsgiClient, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    upstream.script = stream_hello
    answer = await gemini.post("/v1beta/models/gemini:streamGenerateContent", ASK)
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    assert answer.json() == [{"candidates": [{"content": {"parts": [{"text": "hel"}]}}]}, ANSWER]
    assert upstream.received[0].target == "/v1beta/models/up-gemini:streamGenerateContent?alt=sse"
    _, completed = await recorded(settings)
    assert (completed.type, completed.tokens_in, completed.tokens_out) == ("proxy.request.completed", 7, 3)


@pytest.mark.parametrize("form", ["proto", "media", "sse;x"])
async def test_a_form_that_there_is_not_is_refused_with_the_remedy(
    gemini: AsgiClient, upstream: Upstream, form: str
) -> None:
    answer = await gemini.post(f"/v1beta/models/gemini:streamGenerateContent?alt={form}", ASK)
    assert (answer.status, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert "alt=sse" in answer.json()["error"]["message"]
    assert upstream.received == []


async def test_counting_tokens_is_the_providers(gemini: AsgiClient, upstream: Upstream) -> None:
    body: dict[str, Any] = {"generateContentRequest": {**ASK, "model": "models/gemini"}}
    assert (await gemini.post("/v1beta/models/gemini:countTokens", body)).status == 200
    assert upstream.received[0].json()["generateContentRequest"]["model"] == "models/up-gemini"


async def test_embeddings_name_the_providers_model_everywhere(gemini: AsgiClient, upstream: Upstream) -> None:
    each = {"model": "models/google/vec:1", "content": {"parts": [{"text": "one"}]}}
    path = "/v1beta/models/google/vec:1:batchEmbedContents"
    assert (await gemini.post(path, {"requests": [each, each]})).status == 200
    sent = upstream.received[0]
    assert sent.target == "/v1beta/models/up-google%2Fvec%3A1:batchEmbedContents"
    assert [one["model"] for one in sent.json()["requests"]] == ["models/up-google/vec:1"] * 2
    assert (await gemini.post("/v1beta/models/google/vec:1:embedContent", each)).status == 200


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [("generateContent", {}, 400), ("generateContent", [], 400), ("countTokens", {}, 400), ("embedContent", ASK, 400),
     ("batchEmbedContents", {"requests": []}, 400)],
)  # fmt: skip
async def test_bad_input_is_named_in_the_dialect(
    gemini: AsgiClient, upstream: Upstream, action: str, body: object, status: int
) -> None:
    answer = await gemini.post(f"/v1beta/models/gemini:{action}", body)
    assert (answer.status, answer.json()["error"]["code"]) == (status, status)
    assert upstream.received == []


async def test_the_stranger_does_not_see_the_model(gateway: AsgiClient, gemini: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.strangers_key).post("/v1beta/models/gemini:generateContent", ASK)
    assert (answer.status, answer.json()["error"]["status"]) == (404, "NOT_FOUND")
    nobody = await gateway.post("/v1beta/models/gemini:generateContent", ASK)
    assert (nobody.status, nobody.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


async def test_a_key_in_the_address_is_refused(gateway: AsgiClient, gemini: AsgiClient, world: World) -> None:
    answer = await gateway.post(f"/v1beta/models/gemini:generateContent?key={world.key}", ASK)
    assert (answer.status, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")


async def test_a_call_asks_the_database_nothing(
    gemini: AsgiClient, upstream: Upstream, database_calls: list[str]
) -> None:
    assert (await gemini.post("/v1beta/models/gemini:generateContent", ASK)).status == 200
    assert database_calls == []
