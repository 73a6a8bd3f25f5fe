"""The first call that somebody makes, with any SDK: the built-in simulator answers over every client's wire."""

from types import ModuleType

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from llmproxy.actions import ensure_simulator
from llmproxy.models import ModelDeployment
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.pairs import anthropic, gemini, openai_chat, openai_responses
from tests.llmproxy.pairs.scenario import Asked

# Chat completions, which it speaks itself, pass through: other tests look at that.
CLIENTS = [pytest.param(each, id=each.WIRE) for each in (openai_responses, anthropic, gemini)]


@sync_to_async
def simulate(model: str = "simulator-chat") -> None:
    """The route `public` leads to the simulator."""
    ensure_simulator.execute()
    simulator = ModelDeployment.objects.get(upstream_model="simulator-chat")
    simulator.upstream_model = model
    simulator.save()
    ModelDeployment.objects.get(upstream_model="up-public").places.update(deployment=simulator)
    simulator.provider.save()
    apps.get_app_config("accounts").watcher.poll()
    connections.close_all()


@pytest.mark.parametrize("client", CLIENTS)
async def test_it_answers_whole_and_streamed(gateway: AsgiClient, world: World, client: ModuleType) -> None:
    await simulate()
    caller = gateway.bearing(world.key)
    asked = Asked("say something of mine")
    whole = await caller.post(client.path(False), client.ask(asked, False))
    assert whole.status == 200, whole.body
    streamed = await caller.post(client.path(True), client.ask(asked, True))
    assert client.whole(whole.body) == client.streamed(streamed.body)
    assert client.whole(whole.body).text


@pytest.mark.parametrize("client", CLIENTS)
async def test_it_calls_tools(gateway: AsgiClient, world: World, client: ModuleType) -> None:
    await simulate()
    asked = Asked("use the weather tool please", tools=("weather",), max_tokens=500)
    answer = await gateway.bearing(world.key).post(client.path(True), client.ask(asked, True))
    outcome = client.streamed(answer.body)
    assert (outcome.finish, [call.name for call in outcome.calls]) == ("tools", ["weather"])
    assert isinstance(outcome.calls[0].arguments["city"], str)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("fault", ["cutoff=2", "malformed", "error=503", "reset=2"])
async def test_its_faults_never_look_like_an_answer(
    gateway: AsgiClient, world: World, client: ModuleType, fault: str
) -> None:
    await simulate(f"simulator-chat+{fault}")
    asked = Asked("say something long of mine")
    for stream in (False, True):
        answer = await gateway.bearing(world.key).post(client.path(stream), client.ask(asked, stream))
        assert answer.finished
        if answer.status == 200:
            assert stream and client.stream_error(answer.body)
        else:
            assert answer.status in (502, 503) and client.error(answer.body)[1]


@pytest.mark.parametrize("fault", ["cutoff=2", "malformed"])
async def test_a_broken_answer_is_not_passed_through_either(gateway: AsgiClient, world: World, fault: str) -> None:
    await simulate(f"simulator-chat+{fault}")
    answer = await gateway.bearing(world.key).post("/v1/chat/completions", openai_chat.ask(Asked("hi there"), False))
    assert (answer.status, answer.json()["error"]["code"]) == (502, "upstream_error")
