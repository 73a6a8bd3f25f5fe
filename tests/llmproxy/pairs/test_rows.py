"""What a provider's row and its adapter change in a translated call."""

import asyncio
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from llmproxy.models import ModelDeployment, ModelFacts, Provider
from tests.asgi_client import AsgiClient
from tests.llmproxy.pairs import anthropic, gemini, openai_chat, openai_responses
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import WEATHER, Asked, Outcome
from tests.llmproxy.pairs.test_pairs import strict
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

HELLO = Outcome("hello")
CHAT = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}


@sync_to_async
def change(**fields: object) -> None:
    """The provider's row becomes another."""
    provider = Provider.objects.get()
    for name, value in fields.items():
        setattr(provider, name, value)
    provider.full_clean()
    provider.save()
    apps.get_app_config("accounts").watcher.poll()
    connections.close_all()


@pytest.mark.parametrize(
    ("client", "more", "drop", "recorded_as"),
    [
        (
            openai_chat,
            {"seed": 1, "frequency_penalty": 0.5},
            ["seed", "frequency_penalty"],
            {"seed", "frequency_penalty"},
        ),
        (openai_chat, {"logit_bias": {"1": 2}}, ["logit_bias"], {"logit_bias"}),
        (openai_chat, {"temperature": 1.7}, ["temperature"], {"temperature"}),
        (openai_responses, {"text": {"verbosity": "low"}}, ["verbosity"], {"text.verbosity"}),
        (gemini, {"generationConfig": {"seed": 7}}, ["seed"], {"generationConfig.seed"}),
        (gemini, {"generationConfig": {"seed": 7}}, ["generationConfig.seed"], {"generationConfig.seed"}),
    ],
)
async def test_what_the_row_drops_is_left_out_and_on_record_and_refused_without(
    between: Between, upstream: Upstream, settings: Any, client: Any, more: dict[str, Any], drop: list[str],
    recorded_as: set[str],
) -> None:  # fmt: skip
    gateway = await between(client, anthropic)
    upstream.script = strict(anthropic, HELLO, [], 99)  # type: ignore[assignment]
    ask = {**client.ask(Asked(), False), **more}
    refused = await gateway.post(client.path(False), ask)
    assert (refused.status, refused.headers["x-should-retry"]) == (400, "false")
    assert client.error(refused.body)[1]
    assert upstream.received == []
    await change(quirks={"drop": drop})
    answer = await gateway.post(client.path(False), ask)
    assert answer.status == 200, answer.body
    started, completed = (await recorded(settings))[-2:]
    (attempt,) = completed.attrs["plan"]["attempts"]
    assert recorded_as <= set(started.attrs["dropped"])
    assert (attempt["translated_to"], attempt["dropped"]) == ("anthropic_messages", started.attrs["dropped"])


async def test_renames_and_additions_apply_to_what_is_sent(between: Between, upstream: Upstream) -> None:
    gateway = await between(anthropic, openai_chat)
    rename, extra = {"max_completion_tokens": "max_tokens"}, {"safe_prompt": True}
    await change(quirks={"rename": rename, "extra_body": extra, "extra_headers": {"x-own": "1"}})
    upstream.script = lambda _, reply: reply.whole(200, openai_chat.answer(HELLO))
    answer = await gateway.post("/v1/messages", anthropic.ask(Asked(), False))
    assert anthropic.whole(answer.body) == HELLO
    sent = upstream.received[0]
    assert (sent.json()["max_tokens"], sent.json()["safe_prompt"], sent.headers["x-own"]) == (50, True, "1")
    assert "max_completion_tokens" not in sent.json()


async def test_a_row_may_name_another_version_of_the_api(between: Between, upstream: Upstream) -> None:
    gateway = await between(openai_chat, anthropic)
    await change(quirks={"extra_headers": {"anthropic-version": "2026-10-21"}})
    upstream.script = lambda _, reply: reply.whole(200, anthropic.answer(HELLO))
    await gateway.post("/v1/chat/completions", CHAT)
    assert upstream.received[0].headers["anthropic-version"] == "2026-10-21"


@pytest.mark.parametrize(
    ("known", "asked", "expected"),
    [(None, {}, 16_000), (8192, {}, 8192), (64_000, {}, 16_000), (8192, {"max_tokens": 32_000}, 8192),
     (64_000, {"max_tokens": 32_000}, 32_000), (None, {"max_tokens": 32_000}, 32_000)],
)  # fmt: skip
async def test_a_limit_is_within_what_the_model_is_known_to_put_out(
    between: Between, upstream: Upstream, known: int | None, asked: dict[str, int], expected: int
) -> None:
    gateway = await between(openai_chat, anthropic)

    @sync_to_async
    def say() -> None:
        facts = ModelFacts.objects.create(catalogue="anthropic", model="claude-x", max_output=known)
        ModelDeployment.objects.update(facts=facts)
        apps.get_app_config("accounts").watcher.poll()
        connections.close_all()

    await say()
    upstream.script = lambda _, reply: reply.whole(200, anthropic.answer(HELLO))
    assert (await gateway.post("/v1/chat/completions", {**CHAT, **asked})).status == 200
    assert upstream.received[0].json()["max_tokens"] == expected


async def test_azures_form_of_address_reaches_every_provider(between: Between, upstream: Upstream) -> None:
    gateway = await between(openai_chat, gemini)
    upstream.script = strict(gemini, HELLO, [], 99)  # type: ignore[assignment]
    ask = {"messages": CHAT["messages"], "max_completion_tokens": 9}
    answer = await gateway.post("/openai/deployments/public/chat/completions?api-version=2024-10-21", ask)
    assert (answer.status, openai_chat.whole(answer.body)) == (200, HELLO)


VERTEX = {"adapter": "vertex", "auth_scheme": "bearer", "options": {"project": "p", "region": "r"}}


@pytest.mark.parametrize("client", [anthropic, openai_chat], ids=["passed through", "translated"])
async def test_vertex_has_claudes_name_in_the_address_alone(between: Between, upstream: Upstream, client: Any) -> None:
    gateway = await between(client, anthropic)
    extra = {"extra_body": {"anthropic_version": "vertex-2023-10-16"}}
    await change(**VERTEX, base_url=f"http://127.0.0.1:{upstream.port}", quirks=extra)

    async def vertex(got: Received, reply: Reply) -> None:
        body = got.json()
        assert "model" not in body and body["anthropic_version"] == "vertex-2023-10-16"
        await reply.whole(200, anthropic.answer(HELLO))

    upstream.script = vertex
    answer = await gateway.post(client.path(False), client.ask(Asked(), False))
    assert answer.status == 200, answer.body
    assert upstream.received[0].target.endswith("/publishers/anthropic/models/up-public:rawPredict")


async def test_vertex_serves_gemini_to_everybody(between: Between, upstream: Upstream) -> None:
    gateway: AsgiClient = await between(openai_responses, gemini)
    await change(**VERTEX, base_url=f"http://127.0.0.1:{upstream.port}")
    upstream.script = lambda _, reply: reply.whole(200, gemini.answer(HELLO))
    answer = await gateway.post("/v1/responses", openai_responses.ask(Asked(), False))
    assert openai_responses.whole(answer.body) == HELLO
    assert upstream.received[0].target == (
        "/v1/projects/p/locations/r/publishers/google/models/up-public:generateContent"
    )


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_translated_call_asks_the_database_nothing_and_hops_to_no_thread(
    between: Between, upstream: Upstream, database_calls: list[str], monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    gateway = await between(anthropic, gemini)
    upstream.script = strict(gemini, HELLO, [], 99)  # type: ignore[assignment]
    assert (await gateway.post("/v1/messages", anthropic.ask(Asked(), stream))).status == 200  # opens the connection
    hops: list[object] = []
    database_calls.clear()
    with monkeypatch.context() as patched:
        patched.setattr(asyncio.get_running_loop(), "run_in_executor", lambda *given: hops.append(given))
        assert (await gateway.post("/v1/messages", anthropic.ask(Asked(), stream))).status == 200
    assert (database_calls, hops) == ([], [])


@pytest.mark.parametrize("client", [anthropic, openai_chat, openai_responses, gemini])
async def test_ids_of_calls_are_those_that_the_provider_takes_and_known_again(
    between: Between, upstream: Upstream, client: Any
) -> None:
    """Mistral's form. What it gave comes back unchanged; what a client or another provider made becomes such a one."""
    gateway = await between(client, openai_chat)
    await change(quirks={"call_id_length": 9})
    upstream.script = lambda _, reply: reply.whole(200, openai_chat.answer(HELLO))
    ask = client.ask(Asked(tools=("weather",), called=WEATHER, result="sunny"), False)
    answer = await gateway.post(client.path(False), ask)
    assert client.whole(answer.body) == HELLO if client is not openai_chat else answer.status == 200
    said, result = upstream.received[0].json()["messages"][-2:]
    (call,) = said["tool_calls"]
    assert re.fullmatch("[A-Za-z0-9]{9}", call["id"]) and result["tool_call_id"] == call["id"]
    assert (await gateway.post(client.path(False), ask)).status == 200
    assert upstream.received[1].json()["messages"] == upstream.received[0].json()["messages"]
