"""Limits at the gateway: exact, in plain words, in each dialect; 0 queries and 0 round trips in the common case."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent
from llmproxy.models import Limit, Provider
from tests.accounts.oauth.test_exchange import exchanged
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.upstream import Received, Reply, Upstream
from tests.valkey import running_valkey

PATH = "/v1/chat/completions"
ASK = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture(scope="module")
def valkey() -> Any:
    with running_valkey() as url:
        yield url


@pytest.fixture
async def limited(valkey: str, settings, gateway: AsgiClient, world: World) -> AsyncIterator[AsgiClient]:  # type: ignore[no-untyped-def]
    """The gateway with a store of its own; its settling time is over."""
    shared = apps.get_app_config("accounts").shared_store
    shared._url = valkey
    apps.get_app_config("llmproxy").runtime.admissions[0]._bank._store._settling_ms = 0
    yield gateway.bearing(world.key)
    for rules in apps.get_app_config("llmproxy").runtime.admissions:
        await rules.close()
    await shared.close()


@sync_to_async
def limit(world: World, **values: Any) -> Limit:
    made = Limit(organisation=world.organisation, **{"name": "calls", "unit": "requests", "window": "minute", **values})
    made.full_clean()
    made.save()
    apps.get_app_config("accounts").watcher.poll()
    connections.close_all()
    return made


async def test_calls_pass_until_the_limit_and_the_refusal_says_what_to_do(limited: AsgiClient, world: World) -> None:
    rule = await limit(world, amount=3)
    answers = [await limited.post(PATH, ASK) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    denial = answers[-1]
    message = denial.json()["error"]["message"]
    assert "Limit “calls”: 3 requests a minute for organisation “Alpha”" in message
    assert "0 of 3 left" in message and "ask an administrator" in message
    assert 0 < int(denial.headers["retry-after"]) <= 63
    assert denial.headers["x-ratelimit-remaining-requests"] == "0"
    assert denial.json()["error"]["code"] == "rate_limit_exceeded"
    assert rule.name in message


@pytest.mark.parametrize(
    ("window", "said"), [("minute", r"in 6\d s\."), ("hour", r"in 6[012] min\."), ("day", r"in 25 h\.")]
)
async def test_a_refusal_says_in_words_how_long_to_wait(
    limited: AsgiClient, world: World, window: str, said: str
) -> None:
    await limit(world, amount=1, window=window)
    answers = [await limited.post(PATH, ASK) for _ in range(2)]
    assert re.search(f"Enough is free {said}", answers[1].json()["error"]["message"])


async def test_headers_say_how_the_caller_stands(limited: AsgiClient, world: World) -> None:
    await limit(world, amount=100)
    answer = await limited.post(PATH, ASK)
    assert answer.headers["x-ratelimit-limit-requests"] == "100"
    assert answer.headers["x-ratelimit-remaining-requests"] == "99"
    assert answer.headers["x-ratelimit-reset-requests"].endswith("s")


async def test_each_key_is_counted_by_itself_and_the_stranger_is_not_touched(
    limited: AsgiClient, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    await limit(world, amount=1, per=["key"])
    assert (await limited.post(PATH, ASK)).status == 200
    assert (await limited.post(PATH, ASK)).status == 429
    stranger = await gateway.bearing(world.strangers_key).post(PATH, ASK)
    assert stranger.status == 404  # he sees no such model, and no limit of Alpha


async def test_each_end_user_is_counted_by_itself(limited: AsgiClient, world: World) -> None:
    await limit(world, amount=1, per=["end_user"])
    users = ["ann", "ben", "ann", "", ""]
    answers = [await limited.post(PATH, {**ASK, **({"user": user} if user else {})}) for user in users]
    assert [answer.status for answer in answers] == [200, 200, 429, 200, 200]


async def test_tokens_are_reserved_and_settled_by_what_was_used(
    limited: AsgiClient, world: World, upstream: Upstream
) -> None:
    await limit(world, name="tokens", unit="tokens", amount=1000)
    ask = {**ASK, "max_tokens": 700}
    first = await limited.post(PATH, ask)
    assert first.status == 200
    second = await limited.post(PATH, ask)  # the first used ten tokens, so the second fits
    assert second.status == 200
    large = await limited.post(PATH, {**ASK, "max_tokens": 2000})
    assert large.status == 400
    assert large.json()["error"]["code"] == "request_exceeds_limit"
    assert "waiting does not help" in large.json()["error"]["message"]


async def test_a_call_without_a_maximum_gets_one(limited: AsgiClient, world: World, upstream: Upstream) -> None:
    await limit(world, name="tokens", unit="tokens", amount=1000)
    assert (await limited.post(PATH, ASK)).status == 200
    assert upstream.received[0].json()["max_completion_tokens"] == 500


async def test_a_long_text_is_counted_before_it_is_refused(
    limited: AsgiClient, world: World, upstream: Upstream
) -> None:
    await limit(world, name="tokens", unit="tokens", amount=4000)
    text = "the quick brown fox jumps over the lazy dog " * 200  # 8,800 bytes, about 1,800 tokens
    ask = {"model": "public", "max_tokens": 100, "messages": [{"role": "user", "content": text}]}
    assert (await limited.post(PATH, ask)).status == 200


async def test_parallel_calls_are_limited_and_places_come_back(
    limited: AsgiClient, world: World, upstream: Upstream
) -> None:
    await limit(world, name="places", unit="parallel", amount=2)
    started, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def slow(_: Received, reply: Reply) -> None:
        started.release()
        await go_on.wait()
        await reply.json({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})

    upstream.script = slow
    running = [asyncio.ensure_future(limited.post(PATH, ASK)) for _ in range(2)]
    for _ in running:
        await started.acquire()
    third = await limited.post(PATH, ASK)
    assert third.status == 429 and "2 parallel calls" in third.json()["error"]["message"]
    go_on.set()
    assert [answer.status for answer in await asyncio.gather(*running)] == [200, 200]
    assert (await limited.post(PATH, ASK)).status == 200


async def test_a_limit_in_the_shadow_refuses_nobody_and_is_put_on_record(
    limited: AsgiClient, world: World, settings
) -> None:  # type: ignore[no-untyped-def]
    rule = await limit(world, amount=1, shadow=True)
    assert [(await limited.post(PATH, ASK)).status for _ in range(3)] == [200, 200, 200]

    @sync_to_async
    def marked() -> list[str]:
        apps.get_app_config("audit").close()
        Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
        events = AuditEvent.objects.filter(type="proxy.request.completed")
        return [one["rule"] for event in events for one in event.attrs.get("would_refuse", ())]

    assert await marked() == [str(rule.pk)] * 2


@pytest.mark.parametrize(("when_away", "status"), [("refuse", 503), ("admit", 200)])
async def test_without_the_store_the_rule_decides(
    gateway: AsgiClient, world: World, when_away: str, status: int
) -> None:
    await limit(world, amount=5, when_away=when_away)
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert answer.status == status
    if status == 503:
        assert answer.json()["error"]["code"] == "limits_unavailable"


async def test_the_common_case_asks_neither_database_nor_store(
    limited: AsgiClient, world: World, database_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await limit(world, amount=1_000_000)
    await limit(world, name="tokens", unit="tokens", amount=100_000_000)
    for _ in range(4):
        await limited.post(PATH, {**ASK, "max_tokens": 5})
        await asyncio.sleep(0.05)
    shared = apps.get_app_config("accounts").shared_store
    trips: list[object] = []
    ask = shared.run

    async def counted(*arguments: Any) -> Any:
        trips.append(arguments)
        return await ask(*arguments)

    bank = apps.get_app_config("llmproxy").runtime.admissions[0]._bank
    waited: list[object] = []
    monkeypatch.setattr(bank, "_filled", lambda *given: waited.append(given))
    monkeypatch.setattr(shared, "run", counted)
    database_calls.clear()
    assert (await limited.post(PATH, {**ASK, "max_tokens": 5})).status == 200
    assert (database_calls, waited) == ([], [])


BAD: list[tuple[dict[str, Any], str]] = [
    ({"max_tokens": -1}, "max_tokens"), ({"max_tokens": 0}, "max_tokens"), ({"max_tokens": 1.5}, "max_tokens"),
    ({"max_tokens": "10"}, "max_tokens"), ({"max_tokens": 10**12}, "max_tokens"), ({"max_tokens": True}, "max_tokens"),
    ({"max_completion_tokens": -5}, "max_completion_tokens"), ({"n": 1000}, "n"), ({"n": 0}, "n"), ({"n": "2"}, "n"),
    ({"max_tokens": 1e12}, "max_tokens"), ({"best_of": 10**6}, "best_of"), ({"max_tokens": [1]}, "max_tokens"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "param"), BAD)
async def test_amounts_that_are_none_are_refused_and_cost_nothing(
    gateway: AsgiClient, world: World, upstream: Upstream, more: dict[str, Any], param: str
) -> None:
    answer = await gateway.bearing(world.key).post(PATH, {**ASK, **more})
    assert (answer.status, answer.json()["error"]["param"]) == (400, param)
    assert upstream.received == []


async def test_messages_are_answered_in_their_own_dialect(
    limited: AsgiClient, world: World, upstream: Upstream
) -> None:
    await sync_to_async(Provider.objects.update)(wire="anthropic_messages")
    await limit(world, amount=1)
    upstream.script = lambda _, reply: reply.json(
        {"type": "message", "content": [], "usage": {"input_tokens": 3, "output_tokens": 2}}
    )
    ask = {**ASK, "max_tokens": 10}
    first = await limited.post("/v1/messages", ask)
    second = await limited.post("/v1/messages", ask)
    assert first.headers["anthropic-ratelimit-requests-limit"] == "1"
    assert (second.status, second.json()["error"]["type"]) == (429, "rate_limit_error")
    assert second.headers["anthropic-ratelimit-requests-reset"].endswith("Z")
    assert int(second.headers["retry-after"]) > 0


async def test_a_token_that_a_key_was_exchanged_for_shares_the_keys_limit(
    limited: AsgiClient, gateway: AsgiClient, world: World
) -> None:
    await limit(world, amount=1, per=["key"])
    token = await sync_to_async(exchanged)(world.key)
    assert (await gateway.bearing(token).post(PATH, ASK)).status == 200
    assert (await limited.post(PATH, ASK)).status == 429
