"""POST /v1/chat/completions."""

from tests.asgi_client import AsgiClient
from tests.gateway_world import SECRET, World
from tests.upstream import ANSWER, Upstream

ASK = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}


async def test_it_passes_the_call_through(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    answer = await gateway.bearing(world.key).post("/v1/chat/completions", ASK)
    assert (answer.status, answer.json()) == (200, ANSWER)
    sent = upstream.received[0]
    assert sent.target == "/v1/chat/completions"
    assert sent.json() == {**ASK, "model": "up-public"}
    assert sent.headers["authorization"] == f"Bearer {SECRET}"
