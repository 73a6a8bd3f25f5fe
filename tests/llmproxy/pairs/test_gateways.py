"""Other gateways as upstreams, made from their presets: Portkey by virtual key, config or host; APIPark in both styles.

https://portkey.ai/docs/api-reference/inference-api/headers and https://docs.apipark.com/
"""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from llmproxy.actions import create_provider_from_preset
from tests.asgi_client import AsgiClient
from tests.gateway_world import SECRET, World
from tests.llmproxy.pairs import anthropic, openai_chat
from tests.llmproxy.pairs.scenario import Asked, Outcome
from tests.upstream import Received, Reply, Upstream

HOST = "https://llm.example.com/v1"
WAYS: dict[str, tuple[str, int, dict[str, str], dict[str, str]]] = {
    "portkey virtual key": ("portkey", 0, {"virtual_key": "vk-1"},
                            {"x-portkey-api-key": SECRET, "x-portkey-virtual-key": "vk-1"}),
    "portkey config": ("portkey", 1, {"config": "pc-1"}, {"x-portkey-api-key": SECRET, "x-portkey-config": "pc-1"}),
    "portkey host": ("portkey", 2, {"provider": "openai", "custom_host": HOST},
                     {"x-portkey-api-key": SECRET, "x-portkey-provider": "openai", "x-portkey-custom-host": HOST}),
    "apipark bearer": ("apipark", 0, {}, {"authorization": f"Bearer {SECRET}"}),
    "apipark plain": ("apipark", 1, {}, {"authorization": SECRET}),
}  # fmt: skip
OURS = ("x-portkey-", "authorization", "api-key", "x-api-key")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("client", [openai_chat, anthropic], ids=["chat", "messages"])
async def test_it_is_reached_as_its_preset_says(
    gateway: AsgiClient, world: World, upstream: Upstream, way: str, client: Any
) -> None:
    preset, number, answers, expected = WAYS[way]

    def add() -> None:
        address = {"base_url": f"http://127.0.0.1:{upstream.port}/service/v1"}
        provider = create_provider_from_preset.execute(
            preset, way=number, answers={**address, **answers}, organisation=world.organisation, secret=SECRET
        )
        world.add_route(provider, "onward", default=False)
        apps.get_app_config("accounts").watcher.poll()
        connections.close_all()

    async def strict(got: Received, reply: Reply) -> None:
        sent = {name: value for name, value in got.headers.items() if name.startswith(OURS)}
        if got.target != "/service/v1/chat/completions" or sent != expected:
            await reply.json({"error": {"message": f"refused: {sent}"}}, 400)
        else:
            await reply.whole(200, openai_chat.answer(Outcome("hello")))

    await sync_to_async(add)()
    upstream.script = strict
    answer = await gateway.bearing(world.key).post(
        client.path(False), {**client.ask(Asked(), False), "model": "onward"}
    )
    assert answer.status == 200, answer.body
    assert b"hello" in answer.body
    assert SECRET not in answer.body.decode() + str(answer.headers)


async def test_a_clients_own_headers_for_it_stay_behind(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    hostile = [
        ("content-type", "application/json"), ("x-portkey-config", "theirs"), ("x-portkey-custom-host", "http://evil"),
    ]  # fmt: skip
    client = gateway.bearing(world.key)
    answer = await client.post("/v1/chat/completions", openai_chat.ask(Asked(), False), headers=hostile)
    assert answer.status == 200
    assert not [name for name in upstream.received[0].headers if name.startswith("x-portkey-")]
