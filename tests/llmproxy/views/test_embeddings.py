"""POST /v1/embeddings."""

import pytest

from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.upstream import Upstream

PATH = "/v1/embeddings"


@pytest.mark.parametrize("given", ["text", ["one", "two"], [[15339]]])
async def test_it_passes_every_form_of_input_through(
    gateway: AsgiClient, world: World, upstream: Upstream, given: object
) -> None:
    upstream.script = lambda _, reply: reply.json({"data": [{"embedding": "AAAA"}], "usage": {"prompt_tokens": 3}})
    body = {"model": "vectors", "input": given, "encoding_format": "base64"}
    answer = await gateway.bearing(world.key).post(PATH, body)
    assert answer.json()["data"] == [{"embedding": "AAAA"}]
    assert answer.json()["id"].startswith("embd-")  # which Mistral's SDK wants
    assert upstream.received[0].json() == {**body, "model": "up-vectors"}


@pytest.mark.parametrize(
    "body", [{"model": "vectors"}, {"model": "vectors", "input": []}, {"model": "vectors", "input": 7}]
)
async def test_it_refuses_bad_input(gateway: AsgiClient, world: World, body: dict[str, object]) -> None:
    answer = await gateway.bearing(world.key).post(PATH, body)
    assert (answer.status, answer.json()["error"]["param"]) == (400, "input")


async def test_a_chat_model_makes_no_embeddings(gateway: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.key).post(PATH, {"model": "public", "input": "x"})
    assert answer.status == 404
    assert "“chat”" in answer.json()["error"]["message"] and "“embeddings”" in answer.json()["error"]["message"]
    stranger = await gateway.bearing(world.strangers_key).post(PATH, {"model": "private", "input": "x"})
    assert stranger.json()["error"]["message"] == "There is no such model, or it is not available to you."
