"""Moderations, images, audio, rerank, older completions, and Azure's addresses."""

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps

from llmproxy.wires.multipart import Form
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.views.recording import recorded
from tests.llmproxy.wires.test_multipart import FILE, TYPE, form
from tests.upstream import Received, Reply, Upstream

KINDS = ("images", "audio", "moderations", "rerank")


@pytest.fixture
async def media(gateway: AsgiClient, world: World, upstream: Upstream) -> AsgiClient:
    """The gateway with a route of each kind."""

    def add() -> None:
        provider = world.add_provider(upstream.base_url, "media")
        for kind in KINDS:
            world.add_route(provider, f"my-{kind}", kind=kind)
        apps.get_app_config("accounts").watcher.poll()

    await sync_to_async(add)()
    upstream.script = lambda _, reply: reply.json({"ok": True})
    return gateway.bearing(world.key)


@pytest.mark.parametrize(
    ("path", "body", "model"),
    [
        ("moderations", {"input": "bad?", "model": "my-moderations"}, "up-my-moderations"),
        ("moderations", {"input": "bad?"}, "up-my-moderations"),
        ("images/generations", {"prompt": "a cat", "n": 2}, "up-my-images"),
        ("rerank", {"query": "q", "documents": ["a", "b"], "model": "my-rerank"}, "up-my-rerank"),
        ("completions", {"prompt": "Once", "model": "public"}, "up-public"),
        ("completions", {"prompt": [[1, 2]], "model": "public"}, "up-public"),
        ("embeddings", {"input": [[15339, 1917]], "model": "vectors", "encoding_format": "base64"}, "up-vectors"),
    ],
)
async def test_json_goes_on_with_the_providers_model(
    media: AsgiClient, upstream: Upstream, path: str, body: dict[str, object], model: str
) -> None:
    answer = await media.post(f"/v1/{path}", body)
    assert (answer.status, answer.json()) == (200, {"ok": True})
    assert upstream.received[0].target == f"/v1/{path}"
    assert upstream.received[0].json() == {**body, "model": model}


async def test_images_are_counted_and_their_tokens_settled(media: AsgiClient, upstream: Upstream, settings) -> None:  # type: ignore[no-untyped-def]
    answer = {"data": [{"b64_json": "A" * 300_000}], "usage": {"input_tokens": 7, "output_tokens": 900}}
    upstream.script = lambda _, reply: reply.json(answer)
    assert (await media.post("/v1/images/generations", {"prompt": "a cat", "n": 2})).json() == answer
    _, completed = await recorded(settings)
    assert (completed.tokens_in, completed.tokens_out) == (7, 900)
    assert completed.attrs["units"] == {"images": 2}


async def test_a_stream_of_images_is_settled(media: AsgiClient, upstream: Upstream, settings) -> None:  # type: ignore[no-untyped-def]
    async def stream(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await reply.event({"type": "image_generation.partial_image", "b64_json": "AA"})
        await reply.event({"type": "image_generation.completed", "usage": {"input_tokens": 3, "output_tokens": 4}})
        reply.writer.write(b"0\r\n\r\n")

    upstream.script = stream
    answer = await media.post("/v1/images/generations", {"prompt": "a cat", "stream": True})
    assert answer.body.count(b"data: ") == 2
    _, completed = await recorded(settings)
    assert (completed.type, completed.tokens_out) == ("proxy.request.completed", 4)


async def test_speech_comes_back_as_sound(media: AsgiClient, upstream: Upstream, settings) -> None:  # type: ignore[no-untyped-def]
    upstream.script = lambda _, reply: reply.whole(200, FILE, content_type="audio/mpeg")
    answer = await media.post("/v1/audio/speech", {"model": "my-audio", "input": "hello", "voice": "alloy"})
    assert (answer.body, answer.headers["content-type"]) == (FILE, "audio/mpeg")
    _, completed = await recorded(settings)
    assert completed.attrs["units"] == {"characters": 5}


async def test_a_page_instead_of_sound_is_no_answer(media: AsgiClient, upstream: Upstream) -> None:
    upstream.script = lambda _, reply: reply.whole(200, b"<html>", content_type="text/html")
    answer = await media.post("/v1/audio/speech", {"model": "my-audio", "input": "hello"})
    assert (answer.status, answer.json()["error"]["code"]) == (502, "upstream_error")


@pytest.mark.parametrize(
    ("path", "field", "model"),
    [("audio/transcriptions", "file", "my-audio"), ("audio/translations", "file", "my-audio"),
     ("images/edits", "image", "my-images"), ("images/variations", "image[]", "my-images")],
)  # fmt: skip
async def test_a_file_goes_on_as_it_came(
    media: AsgiClient, upstream: Upstream, path: str, field: str, model: str
) -> None:
    raw = form((field, FILE), ("model", model.encode()), ("api_base", b"http://evil"))
    answer = await media.call("POST", f"/v1/{path}", body=raw, headers=[("content-type", TYPE)])
    assert (answer.status, answer.json()) == (200, {"ok": True})
    sent = upstream.received[0]
    assert sent.target == f"/v1/{path}"
    assert sent.body == form((field, FILE), ("model", f"up-{model}".encode()))
    assert Form(sent.body, sent.headers["content-type"]).fields["model"] == f"up-{model}"


async def test_edited_images_are_counted(media: AsgiClient, settings) -> None:  # type: ignore[no-untyped-def]
    raw = form(("image", FILE), ("model", b"my-images"), ("n", b"3"))
    await media.call("POST", "/v1/images/edits", body=raw, headers=[("content-type", TYPE)])
    completed = (await recorded(settings))[-1]
    assert completed.attrs["units"] == {"images": 3}


async def test_a_transcription_may_be_text_and_its_length_is_counted(
    media: AsgiClient, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    raw = form(("file", FILE), ("model", b"my-audio"))
    upstream.script = lambda _, reply: reply.whole(200, b"hello", content_type="text/plain; charset=utf-8")
    plain = await media.call("POST", "/v1/audio/transcriptions", body=raw, headers=[("content-type", TYPE)])
    assert (plain.body, plain.headers["x-content-type-options"]) == (b"hello", "nosniff")
    upstream.script = lambda _, reply: reply.json({"text": "hello", "usage": {"type": "duration", "seconds": 3.5}})
    await media.call("POST", "/v1/audio/transcriptions", body=raw, headers=[("content-type", TYPE)])
    completed = (await recorded(settings))[-1]
    assert completed.attrs["units"] == {"sound_ms": 3500}


@pytest.mark.parametrize(
    ("path", "body", "content_type", "status"),
    [
        ("moderations", b"{}", "application/json", 400),
        ("images/generations", b'{"prompt": ""}', "application/json", 400),
        ("completions", b'{"model": "public"}', "application/json", 400),
        ("audio/transcriptions", b"{}", "application/json", 415),
        ("audio/transcriptions", b"nonsense", TYPE, 400),
        ("audio/transcriptions", form(("model", b"my-audio")), TYPE, 400),
        ("audio/transcriptions", form(("file", b"x"), ("model", b"nope")), TYPE, 404),
        ("audio/transcriptions", form(("file", b"x"), ("model", b"my-images")), TYPE, 404),
        ("images/edits", form(("image", b"x"), ("model", b"my-images"), ("n", b"1000")), TYPE, 400),
        ("images/variations", form(("image", b"x"), ("model", b"my-images"), ("n", b"-1")), TYPE, 400),
        ("audio/transcriptions", form(("file", b"x" * 27 * 1024 * 1024)), TYPE, 413),
    ],
)
async def test_bad_input_is_named_and_nothing_is_sent(
    media: AsgiClient, upstream: Upstream, path: str, body: bytes, content_type: str, status: int
) -> None:
    answer = await media.call("POST", f"/v1/{path}", body=body, headers=[("content-type", content_type)])
    assert answer.status == status, answer.body
    assert answer.json()["error"]["code"]
    assert upstream.received == []


async def test_the_stranger_has_no_default_and_sees_no_model(
    media: AsgiClient, world: World, gateway: AsgiClient
) -> None:
    stranger = gateway.bearing(world.strangers_key)
    assert (await stranger.post("/v1/moderations", {"input": "x"})).status == 404
    assert (await stranger.post("/v1/moderations", {"input": "x", "model": "my-moderations"})).status == 404


@pytest.mark.parametrize("with_model", [True, False])
async def test_azures_sdk_names_the_deployment_in_the_address(
    media: AsgiClient, world: World, upstream: Upstream, with_model: bool
) -> None:
    ask = {"messages": [{"role": "user", "content": "hi"}], **({"model": "public"} if with_model else {})}
    azure = AsgiClient(media.application, [("api-key", world.key)])
    path = "/openai/deployments/public/chat/completions?api-version=2024-10-21"
    assert (await azure.post(path, ask)).status == 200
    assert upstream.received[0].json() == {**ask, "model": "up-public"}
    assert upstream.received[0].target == "/v1/chat/completions"
    vectors = "/openai/deployments/vectors/embeddings?api-version=2024-10-21"
    assert (await azure.post(vectors, {"input": "hi"})).status == 200
    unknown = await azure.post("/openai/deployments/nope/chat/completions?api-version=x", ask)
    assert (unknown.status, unknown.json()["error"]["code"]) == (404, "model_not_found")


async def test_a_call_asks_the_database_nothing(media: AsgiClient, database_calls: list[str]) -> None:
    raw = form(("file", FILE), ("model", b"my-audio"))
    answer = await media.call("POST", "/v1/audio/transcriptions", body=raw, headers=[("content-type", TYPE)])
    assert answer.status == 200
    assert orjson.loads(answer.body) == {"ok": True}
    assert database_calls == []
