"""Embeddings over a provider of the other wire."""

import base64
import struct
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from llmproxy.counting import tokenizer_for
from llmproxy.counting.encodings import encoding
from llmproxy.models import ModelDeployment, Provider, Route
from tests import aws_signature
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.pairs import bedrock, gemini
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

VECTORS = [[0.5, -0.25], [1.0, 2.0]]


async def google(got: Received, reply: Reply) -> None:
    requests = got.json()["requests"]
    assert got.target == "/v1beta/models/up-vectors:batchEmbedContents"
    assert all(each.keys() <= {"model", "content", "outputDimensionality"} for each in requests)
    assert all(each["model"] == "models/up-vectors" for each in requests)
    await reply.json({"embeddings": [{"values": each} for each in VECTORS[: len(requests)]],
                      "usageMetadata": {"promptTokenCount": 5}})  # fmt: skip


@pytest.fixture
async def over_google(between: Between, upstream: Upstream) -> AsgiClient:
    upstream.script = google
    return await between(gemini, gemini)


async def test_texts_as_floats_and_as_base64(over_google: AsgiClient, upstream: Upstream, settings: Any) -> None:
    ask = {"model": "vectors", "input": ["a", "b"], "dimensions": 2}
    answer = (await over_google.post("/v1/embeddings", {**ask, "encoding_format": "float"})).json()
    assert [each["embedding"] for each in answer["data"]] == VECTORS
    assert answer["usage"] == {"prompt_tokens": 5, "total_tokens": 5}
    packed = (await over_google.post("/v1/embeddings", {**ask, "encoding_format": "base64"})).json()
    assert struct.unpack("<2f", base64.b64decode(packed["data"][1]["embedding"])) == (1.0, 2.0)
    assert upstream.received[0].json()["requests"][1]["content"] == {"parts": [{"text": "b"}]}
    assert [each.tokens_in for each in (await recorded(settings))[1::2]] == [5, 5]


async def test_token_ids_are_decoded_where_the_model_is_known_and_refused_where_not(
    over_google: AsgiClient, upstream: Upstream
) -> None:
    refused = await over_google.post("/v1/embeddings", {"model": "vectors", "input": [[15339, 1917]]})
    assert (refused.status, refused.json()["error"]["param"]) == (400, "input")
    assert upstream.received == []

    def rename() -> None:
        Route.objects.filter(public_name="vectors").update(public_name="text-embedding-3-small")
        apps.get_app_config("accounts").watcher.poll()
        connections.close_all()

    await sync_to_async(rename)()
    ids = encoding(tokenizer_for("text-embedding-3-small").encoding).encode("hello world")
    answer = await over_google.post("/v1/embeddings", {"model": "text-embedding-3-small", "input": [ids]})
    assert answer.status == 200, answer.body
    assert upstream.received[0].json()["requests"][0]["content"] == {"parts": [{"text": "hello world"}]}


async def test_another_number_of_vectors_is_no_answer(over_google: AsgiClient, upstream: Upstream) -> None:
    upstream.script = lambda _, reply: reply.json({"embeddings": []})
    answer = await over_google.post("/v1/embeddings", {"model": "vectors", "input": "a"})
    assert (answer.status, answer.json()["error"]["code"]) == (502, "upstream_error")


async def test_googles_clients_over_openais_wire(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    async def openai(got: Received, reply: Reply) -> None:
        body = got.json()
        assert body == {"model": "up-vectors", "input": body["input"], "encoding_format": "float"}
        data = [{"object": "embedding", "index": at, "embedding": VECTORS[at]} for at in range(len(body["input"]))]
        await reply.json({"object": "list", "data": data, "usage": {"prompt_tokens": 5, "total_tokens": 5}})

    upstream.script = openai
    client = gateway.bearing(world.key)
    contents = [{"parts": [{"text": text}]} for text in ("a", "b")]
    one = await client.post("/v1beta/models/vectors:embedContent", {"content": contents[0]})
    assert one.json() == {"embedding": {"values": VECTORS[0]}}
    batch = {"requests": [{"model": "models/vectors", "content": each} for each in contents]}
    both = await client.post("/v1beta/models/vectors:batchEmbedContents", batch)
    assert both.json() == {"embeddings": [{"values": each} for each in VECTORS]}
    typed = {"content": contents[0], "taskType": "CLUSTERING"}
    refused = await client.post("/v1beta/models/vectors:embedContent", typed)
    assert (refused.status, refused.headers["x-should-retry"]) == (400, "false")


async def test_what_the_row_drops_is_dropped_and_recorded(
    over_google: AsgiClient, upstream: Upstream, settings: Any
) -> None:
    def drop() -> None:
        Provider.objects.update(quirks={"drop": ["truncate"]})
        apps.get_app_config("accounts").watcher.poll()
        connections.close_all()

    await sync_to_async(drop)()
    answer = await over_google.post("/v1/embeddings", {"model": "vectors", "input": "a", "truncate": True})
    assert answer.status == 200, answer.body
    assert (await recorded(settings))[0].attrs["dropped"] == ["truncate"]


async def test_openais_clients_over_coheres_models_on_bedrock(
    between: Between, upstream: Upstream, settings: Any
) -> None:
    async def aws(got: Received, reply: Reply) -> None:
        body = got.json()
        assert got.target == "/model/up-vectors/invoke"
        assert aws_signature.is_valid("POST", got.target, got.headers, got.body, bedrock.KEY, "eu-central-1")
        assert body == {"texts": ["a", "b"], "input_type": "search_document", "embedding_types": ["float"],
                        "output_dimension": 2}  # fmt: skip
        await reply.json({"id": "e", "response_type": "embeddings_by_type", "embeddings": {"float": VECTORS}})

    upstream.script = aws
    client = await between(bedrock, bedrock)
    ask = {"model": "vectors", "input": ["a", "b"], "dimensions": 2}
    answer = await client.post("/v1/embeddings", ask)
    assert answer.status == 200, answer.body
    assert [each["embedding"] for each in answer.json()["data"]] == VECTORS
    refused = await client.post("/v1/embeddings", {**ask, "input": ["x"] * 97})
    assert (refused.status, refused.json()["error"]["param"]) == (400, "input")


async def test_openais_clients_over_amazons_models_on_bedrock(
    between: Between, upstream: Upstream, settings: Any
) -> None:
    def rename() -> None:
        ModelDeployment.objects.filter(upstream_model="up-vectors").update(
            upstream_model="amazon.titan-embed-text-v2:0"
        )
        apps.get_app_config("accounts").watcher.poll()
        connections.close_all()

    async def aws(got: Received, reply: Reply) -> None:
        assert got.target == "/model/amazon.titan-embed-text-v2%3A0/invoke"
        assert aws_signature.is_valid("POST", got.target, got.headers, got.body, bedrock.KEY, "eu-central-1")
        assert got.json() == {"inputText": "a", "dimensions": 256}
        await reply.json({"embedding": VECTORS[0], "inputTextTokenCount": 3})

    upstream.script = aws
    client = await between(bedrock, bedrock)
    await sync_to_async(rename)()
    ask = {"model": "vectors", "input": ["a"], "dimensions": 256}
    answer = await client.post("/v1/embeddings", ask)
    assert answer.status == 200, answer.body
    assert [each["embedding"] for each in answer.json()["data"]] == [VECTORS[0]]
    assert answer.json()["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    several = await client.post("/v1/embeddings", {**ask, "input": ["a", "b"]})
    assert (several.status, several.json()["error"]["param"]) == (400, "input")
    upstream.script = lambda _, reply: reply.json({"message": "odd"})
    assert (await client.post("/v1/embeddings", ask)).status == 502
    assert [each.tokens_in for each in await recorded(settings) if each.type == "proxy.request.completed"] == [3]
