"""A running stream ends when what it was let in with is revoked: flowing or silent, begun or not."""

import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import sync_to_async

from accounts.actions import (
    compromise_signing_key,
    end_sessions,
    end_tokens,
    issue_token,
    revoke_api_key,
    suspend_organisation,
)
from accounts.apps import AccountsConfig
from accounts.models import ApiKey, SigningKey
from accounts.ring import gateway_audience
from tests.asgi_client import Answer, AsgiClient
from tests.gateway_world import World
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

PATH = "/v1/chat/completions"
STREAM = {"model": "public", "stream": True, "messages": [{"role": "user", "content": "go"}]}
CHUNK = {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "x"}}]}
Ending = Callable[[World], object]


async def flowing(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    while True:
        await reply.event(CHUNK)
        await asyncio.sleep(0.02)


async def falling_silent(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event(CHUNK)
    await asyncio.sleep(60)


async def thinking(_: Received, reply: Reply) -> None:
    await asyncio.sleep(60)


async def ended_while_running(gateway: AsgiClient, credential: str, world: World, end: Ending) -> Answer:
    """The answer to a stream during which `end` happens. Raises TimeoutError if it goes on for two seconds more."""
    running = asyncio.ensure_future(gateway.bearing(credential).post(PATH, STREAM))
    await asyncio.sleep(0.4)
    assert not running.done()

    def happen() -> None:
        end(world)
        AccountsConfig.current().watcher.poll()

    await sync_to_async(happen)()
    async with asyncio.timeout(2):
        return await running


@sync_to_async
def bobs_token(world: World) -> str:
    made = issue_token.for_person(world.bob, world.organisation, gateway_audience(), ["models:invoke"], "s")
    return made.access


def revoke_key(_: World) -> object:
    return revoke_api_key.execute(ApiKey.objects.get(name="app"))


@pytest.mark.parametrize("script", [flowing, falling_silent])
async def test_a_revoked_key_ends_its_stream(
    gateway: AsgiClient, world: World, upstream: Upstream, settings, script
) -> None:  # type: ignore[no-untyped-def]
    upstream.script = script
    answer = await ended_while_running(gateway, world.key, world, revoke_key)
    assert answer.status == 200
    assert answer.finished
    assert b"credential_revoked" in answer.chunks[-1]
    assert b"[DONE]" not in answer.body
    async with asyncio.timeout(1):
        await upstream.closed.wait()
    _, aborted = await recorded(settings)
    assert (aborted.type, aborted.error_code) == ("proxy.request.aborted", "credential_revoked")
    assert aborted.reason == "key_revoked"


async def test_a_stream_that_had_not_begun_is_answered_401(
    gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    upstream.script = thinking
    answer = await ended_while_running(gateway, world.key, world, revoke_key)
    assert answer.status == 401
    assert answer.json()["error"]["code"] == "credential_revoked"
    async with asyncio.timeout(1):
        await upstream.closed.wait()


ENDINGS: dict[str, Ending] = {
    "subject": lambda world: end_sessions.execute(world.bob),
    "tenant": lambda world: suspend_organisation.execute(world.organisation),
    "all_revoked": lambda _: end_tokens.everything(reason="drill"),
    "kid": lambda _: compromise_signing_key.execute(SigningKey.objects.get(state="active")),
}


@pytest.mark.parametrize("why", ENDINGS)
async def test_a_revoked_token_ends_its_stream(
    gateway: AsgiClient, world: World, upstream: Upstream, settings, why: str
) -> None:  # type: ignore[no-untyped-def]
    upstream.script = flowing
    token = await bobs_token(world)
    answer = await ended_while_running(gateway, token, world, ENDINGS[why])
    assert b"credential_revoked" in answer.chunks[-1]
    _, aborted = await recorded(settings)
    assert aborted.reason == why


async def test_other_streams_go_on(gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    upstream.script = flowing
    token = await bobs_token(world)
    with pytest.raises(TimeoutError):
        await ended_while_running(gateway, token, world, revoke_key)
