"""Claude Code's side of the contract, as its documentation has it.

https://code.claude.com/docs/en/llm-gateway-protocol (formats, headers, pass-through, model discovery, start-up traffic)
https://code.claude.com/docs/en/llm-gateway-connect (ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_API_KEY)
"""

from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from llmproxy.models import Route
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.pairs import anthropic, openai_chat
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import WEATHER, Asked, Outcome
from tests.llmproxy.pairs.test_pairs import strict
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

MODEL = "claude-public"
BETAS = "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27"
HEADERS = [
    ("content-type", "application/json"), ("accept", "application/json"), ("anthropic-version", "2023-06-01"),
    ("anthropic-beta", BETAS), ("user-agent", "claude-cli/2.1.200 (external, cli)"), ("x-app", "cli"),
    ("x-claude-code-session-id", "8c1f7f2e-0000-4000-8000-000000000000"),
]  # fmt: skip
EPHEMERAL = {"type": "ephemeral"}
ASK: dict[str, Any] = {
    "model": MODEL, "max_tokens": 32000, "stream": True,
    "metadata": {"user_id": "user_1_account__session_2"},
    "system": [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.200; cc_entrypoint=cli;"},
        {"type": "text", "text": "You are Claude Code.", "cache_control": EPHEMERAL},
    ],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "weather?", "cache_control": EPHEMERAL}]},
    ],
    "tools": [{
        "name": "weather", "description": "of a city", "eager_input_streaming": True,
        "input_schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
                         "properties": {"city": {"type": "string"}}, "additionalProperties": False},
    }],
    "thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
}  # fmt: skip


@sync_to_async
def named(name: str = MODEL) -> None:
    """Only ids that hold “claude” or “anthropic” are taken from a gateway's list."""
    Route.objects.filter(public_name="public").update(public_name=name)
    apps.get_app_config("accounts").watcher.poll()
    connections.close_all()


@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
@pytest.mark.parametrize("version", [[], [("anthropic-version", "2023-06-01")]], ids=["without", "with"])
async def test_models_are_discovered_in_one_answer(
    gateway: AsgiClient, world: World, header: str, version: list[tuple[str, str]]
) -> None:
    await named()
    credential = (header, f"Bearer {world.key}" if header == "authorization" else world.key)
    answer = await gateway.get("/v1/models?limit=1000", headers=[credential, *version])
    assert answer.status == 200, "a redirect would count as a failure"
    assert MODEL in [model["id"] for model in answer.json()["data"]]
    assert not answer.json().get("has_more")


async def test_start_up_traffic_may_be_refused_but_not_fail(gateway: AsgiClient) -> None:
    probe = await gateway.call("HEAD", "/")
    assert probe.status < 500


async def test_a_turn_reaches_anthropic_byte_for_byte(between: Between, upstream: Upstream, settings: Any) -> None:
    gateway = await between(anthropic, anthropic)
    await named()

    async def claude(got: Received, reply: Reply) -> None:
        await reply.start_stream()
        for event in anthropic.stream(Outcome("sunny", (WEATHER,), "tools")):
            await reply.chunk(event)
        await reply.end_of_body()

    upstream.script = claude
    answer = await gateway.post("/v1/messages?beta=true", ASK, headers=HEADERS)
    assert answer.body == b"".join(anthropic.stream(Outcome("sunny", (WEATHER,), "tools")))
    (sent,) = upstream.received
    assert sent.target == "/v1/messages?beta=true"
    assert sent.body == orjson.dumps(ASK).replace(MODEL.encode(), b"up-public")
    assert (sent.headers["anthropic-beta"], sent.headers["anthropic-version"]) == (BETAS, "2023-06-01")
    assert "x-claude-code-session-id" not in sent.headers
    assert [each.type for each in await recorded(settings)] == ["proxy.request.started", "proxy.request.completed"]


async def test_a_turn_runs_on_a_model_of_another_maker(between: Between, upstream: Upstream, settings: Any) -> None:
    gateway = await between(anthropic, openai_chat)
    heard: list[Asked] = []
    outcome = Outcome("let me look", (WEATHER,), "tools")
    upstream.script = strict(openai_chat, outcome, heard, 50)  # type: ignore[assignment]
    answer = await gateway.post("/v1/messages?beta=true", {**ASK, "model": "public"}, headers=HEADERS)
    assert anthropic.streamed(answer.body) == outcome
    (sent,) = upstream.received
    assert (sent.target, sent.json()["reasoning_effort"]) == ("/v1/chat/completions", "medium")
    assert "anthropic-beta" not in sent.headers
    assert heard[0].tools == ("weather",) and "You are Claude Code." in heard[0].system
    started, _ = await recorded(settings)
    assert "context_management" in started.attrs["dropped"]


async def test_the_next_turn_carries_the_call_and_its_result(between: Between, upstream: Upstream) -> None:
    gateway = await between(anthropic, openai_chat)
    heard: list[Asked] = []
    upstream.script = strict(openai_chat, Outcome("it is sunny"), heard, 50)  # type: ignore[assignment]
    use = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": WEATHER.arguments}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "sunny"}]}
    reminder = {"type": "text", "text": "<system-reminder>be quick</system-reminder>"}
    turns = [
        *ASK["messages"], {"role": "assistant", "content": [{"type": "text", "text": "let me look"}, use]},
        {"role": "user", "content": [{**result, "cache_control": EPHEMERAL}, reminder]},
    ]  # fmt: skip
    ask = {**ASK, "model": "public", "messages": turns}
    answer = await gateway.post("/v1/messages?beta=true", ask, headers=HEADERS)
    assert anthropic.streamed(answer.body).text == "it is sunny"
    assert (heard[0].called, heard[0].result) == (WEATHER, "sunny")
    assert "be quick" in heard[0].text


@pytest.mark.parametrize("provider", [anthropic, openai_chat], ids=["anthropic", "other"])
async def test_tokens_are_counted(between: Between, upstream: Upstream, provider: Any) -> None:
    gateway = await between(anthropic, provider)
    upstream.script = lambda _, reply: reply.json({"input_tokens": 21})
    ask = {name: ASK[name] for name in ("messages", "system", "tools", "thinking")}
    answer = await gateway.post("/v1/messages/count_tokens?beta=true", {**ask, "model": "public"}, headers=HEADERS)
    assert answer.status == 200
    assert answer.json()["input_tokens"] > 20


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [(529, "overloaded_error", 503), (429, "rate_limit_error", 429), (401, "authentication_error", 502)],
)
async def test_errors_are_of_the_kinds_that_it_knows(
    between: Between, upstream: Upstream, status: int, kind: str, expected: int
) -> None:
    gateway = await between(anthropic, anthropic)

    async def refuse(_: Received, reply: Reply) -> None:
        await reply.json({"type": "error", "error": {"type": kind, "message": "no"}}, status)

    upstream.script = refuse
    answer = await gateway.post("/v1/messages?beta=true", {**ASK, "model": "public"}, headers=HEADERS)
    told = {503: "overloaded_error", 429: "rate_limit_error", 502: "api_error"}[expected]
    assert (answer.status, anthropic.error(answer.body)[0]) == (expected, told)
    stranger = await AsgiClient(gateway.application).post("/v1/messages?beta=true", ASK, headers=HEADERS)
    assert (stranger.status, anthropic.error(stranger.body)[0]) == (401, "authentication_error")
