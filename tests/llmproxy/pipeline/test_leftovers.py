"""Nothing of a call stays in memory when it is over: bodies are large, and the collector of cycles comes seldom."""

import gc
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import pytest

from llmproxy.gateway.request import GatewayRequest
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.upstream import Received, Reply, Upstream

CHAT = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> Iterator["WeakSet[GatewayRequest]"]:
    """The requests that are still in memory, while nobody collects cycles."""
    found: WeakSet[GatewayRequest] = WeakSet()
    made = GatewayRequest.__init__

    def noted(self: GatewayRequest, *given: Any) -> None:
        made(self, *given)
        found.add(self)

    monkeypatch.setattr(GatewayRequest, "__init__", noted)
    gc.collect()
    gc.disable()
    yield found
    gc.enable()


async def fail(_: Received, reply: Reply) -> None:
    await reply.whole(500, b'{"error": {"message": "no"}}')


async def break_off(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event({"choices": [{"index": 0, "delta": {"content": "x"}}]})
    await reply.end_of_body()


async def stream(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event({"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]})
    await reply.end_stream()


@pytest.mark.parametrize(
    ("path", "body", "script", "status"),
    [
        pytest.param("/v1/chat/completions", CHAT, None, 200, id="whole"),
        pytest.param("/v1/chat/completions", {**CHAT, "stream": True}, stream, 200, id="streamed"),
        pytest.param("/v1/messages", {**CHAT, "max_tokens": 9, "stream": True}, stream, 200, id="translated stream"),
        pytest.param("/v1/messages", {**CHAT, "max_tokens": 9}, None, 200, id="translated"),
        pytest.param("/v1/chat/completions", CHAT, fail, 502, id="failed"),
        pytest.param("/v1/chat/completions", {**CHAT, "stream": True}, break_off, 200, id="broken off"),
        pytest.param("/v1/messages", {**CHAT, "max_tokens": 9, "top_k": 5}, None, 400, id="cannot be said"),
        pytest.param("/v1/chat/completions", {**CHAT, "model": "none"}, None, 404, id="refused"),
    ],
)
async def test_its_request_is_gone_without_a_collection(
    gateway: AsgiClient, world: World, upstream: Upstream, alive: "WeakSet[GatewayRequest]", path: str,
    body: dict[str, Any], script: Any, status: int,
) -> None:  # fmt: skip
    if script is not None:
        upstream.script = script
    for _ in range(2):
        assert (await gateway.bearing(world.key).post(path, body)).status == status
    assert len(alive) == 0
