"""Each scenario of each client's wire over each provider's wire, whole and streamed."""

from itertools import product
from types import ModuleType

import pytest

from tests.llmproxy.pairs import anthropic, bedrock, gemini, openai_chat, openai_responses
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import SCENARIOS, Asked, Outcome
from tests.upstream import Received, Reply, Upstream

CLIENTS = [anthropic, gemini, openai_chat, openai_responses]
PROVIDERS = [*CLIENTS, bedrock]
PAIRS = [
    pytest.param(client, provider, id=f"{client.__name__.rpartition('.')[2]}-{provider.__name__.rpartition('.')[2]}")
    for client in CLIENTS
    for provider in PROVIDERS
    if client is not provider
]
pytestmark = pytest.mark.parametrize(("client", "provider"), PAIRS)


def strict(provider: ModuleType, outcome: Outcome, heard: list[Asked], size: int) -> object:
    """A server that refuses what the real one would refuse. Streams come in pieces of `size` bytes."""

    async def script(got: Received, reply: Reply) -> None:
        if faults := provider.faults(got.json(), got.target, got.headers):
            await reply.whole(400, provider.refused("; ".join(faults)))
            return
        heard.append(provider.heard(got.json()))
        if "stream" not in got.target and got.json().get("stream") is not True:
            await reply.whole(200, provider.answer(outcome))
            return
        await reply.start_stream()
        raw = b"".join(provider.stream(outcome))
        for start in range(0, len(raw), size):
            await reply.chunk(raw[start : start + size])
        await reply.end_of_body()

    return script


async def test_what_is_asked_is_heard_and_what_is_answered_is_read(
    between: Between, upstream: Upstream, client: ModuleType, provider: ModuleType
) -> None:
    gateway = await between(client, provider)
    for (name, scenario), stream in product(SCENARIOS.items(), (False, True)):
        about, heard = f"{name}, streamed: {stream}", list[Asked]()
        upstream.script = strict(provider, scenario.outcome, heard, 37)  # type: ignore[assignment]
        answer = await gateway.post(client.path(stream), client.ask(scenario.asked, stream))
        assert answer.status == 200, (about, answer.body)
        read = (client.streamed if stream else client.whole)(answer.body)
        assert read == scenario.outcome, about
        assert heard == [scenario.asked], about
