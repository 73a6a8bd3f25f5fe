"""POST /v1/analyzing: the simplest possible call."""

import pytest

from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.upstream import ANSWER, Upstream

PATH = "/v1/analyzing"


def saying(content: object) -> dict[str, object]:
    return {**ANSWER, "choices": [{"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]}


async def test_it_answers_on_the_default_route(gateway: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.key).post(PATH, {"input": "hi"})
    assert answer.json() == {"output": "hello", "model": "public", "usage": {"input_tokens": 7, "output_tokens": 3}}


async def test_json_output_is_an_object(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    upstream.script = lambda _, reply: reply.json(saying('{"colours": ["red"]}'))
    answer = await gateway.bearing(world.key).post(PATH, {"input": "hi", "parameters": {"response_format": "json"}})
    assert answer.json()["output"] == {"colours": ["red"]}
    assert upstream.received[0].json()["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("content", ["no json", "[1]", None])
async def test_an_answer_that_is_no_json_object_is_the_providers_failure(
    gateway: AsgiClient, world: World, upstream: Upstream, content: object
) -> None:
    upstream.script = lambda _, reply: reply.json(saying(content))
    answer = await gateway.bearing(world.key).post(PATH, {"input": "hi", "parameters": {"response_format": "json"}})
    assert (answer.status, answer.json()["error"]["code"]) == (502, "output_not_json")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": " "}, "input"),
        ({"input": 7}, "input"),
        ({"input": "x", "extra": 1}, "extra"),
        ({"input": "x", "parameters": []}, "parameters"),
        ({"input": "x", "parameters": {"nope": 1}}, "parameters.nope"),
        ({"input": "x", "parameters": {"response_format": "xml"}}, "parameters.response_format"),
        ({"input": "x", "parameters": {"response_format": []}}, "parameters.response_format"),
    ],
)
async def test_bad_input_is_named(gateway: AsgiClient, world: World, body: dict[str, object], param: str) -> None:
    answer = await gateway.bearing(world.key).post(PATH, body)
    assert (answer.status, answer.json()["error"]["param"]) == (400, param)


async def test_the_stranger_has_no_default_model(gateway: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.strangers_key).post(PATH, {"input": "hi"})
    assert (answer.status, answer.json()["error"]["code"]) == (404, "model_not_found")
