"""Codex's side of the contract, as its documentation and its open source have it.

https://developers.openai.com/codex/config-reference (model_providers: base_url, env_key, wire_api = "responses")
https://github.com/openai/codex codex-rs/core/src/client.rs: a WebSocket first; on 426 it goes on by HTTP at once
https://platform.openai.com/docs/api-reference/responses-streaming (events; output_item.done and completed are read)
"""

from typing import Any

import orjson
import pytest

from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.pairs import anthropic, openai_responses
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import Asked, CallTold, Outcome, sse_events
from tests.llmproxy.pairs.test_pairs import strict
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

HEADERS = [
    ("content-type", "application/json"), ("accept", "text/event-stream"), ("originator", "codex_cli_rs"),
    ("session-id", "0199-0000"), ("user-agent", "codex_cli_rs/0.130.0 (Debian 12; x86_64)"),
]  # fmt: skip
SHELL = {
    "type": "function", "name": "shell", "description": "Runs a command.", "strict": False,
    "parameters": {"type": "object", "properties": {"command": {"type": "array", "items": {"type": "string"}}},
                   "required": ["command"], "additionalProperties": False},
}  # fmt: skip
CALL = CallTold("shell", {"command": ["ls", "-l"]})
ASK: dict[str, Any] = {
    "model": "public", "instructions": "You are Codex.", "stream": True, "store": False,
    "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "sandbox: read-only"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "list the files"}]},
    ],
    "tools": [SHELL], "tool_choice": "auto", "parallel_tool_calls": True,
    "reasoning": {"effort": "medium", "summary": "auto"}, "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "0199-0000", "text": {"verbosity": "medium"},
}  # fmt: skip
# Verbosity is OpenAI's own; it is sent for OpenAI's models only.
ELSEWHERE = {name: value for name, value in ASK.items() if name != "text"}


@pytest.mark.parametrize("path", ["/v1/responses", "/openai/v1/responses", "/responses"])
async def test_the_websocket_is_answered_426_at_once(gateway: AsgiClient, world: World, path: str) -> None:
    upgrade = [
        ("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="), ("openai-beta", "responses_websockets=2026-02-06"),
    ]  # fmt: skip
    answer = await gateway.bearing(world.key).get(path, headers=upgrade)
    assert (answer.status, answer.headers["upgrade"]) == (426, "HTTP/1.1")
    assert answer.json()["error"]["code"] == "websocket_not_supported"


async def test_a_turn_reaches_a_provider_of_responses_as_it_is(
    between: Between, upstream: Upstream, settings: Any
) -> None:
    gateway = await between(openai_responses, openai_responses)
    events = openai_responses.stream(Outcome("", (CALL,), "tools"))

    async def openai(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        for event in events:
            await reply.chunk(event)
        await reply.end_of_body()

    upstream.script = openai
    answer = await gateway.post("/v1/responses", ASK, headers=HEADERS)
    assert answer.body == b"".join(events)
    assert answer.headers["content-type"].startswith("text/event-stream")
    (sent,) = upstream.received
    assert (sent.target, sent.body) == ("/v1/responses", orjson.dumps(ASK).replace(b'"public"', b'"up-public"'))
    assert "originator" not in sent.headers
    _, completed = await recorded(settings)
    assert (completed.type, completed.tokens_in, completed.tokens_out) == ("proxy.request.completed", 11, 7)


async def test_a_turn_runs_on_a_model_of_another_maker(between: Between, upstream: Upstream) -> None:
    gateway = await between(openai_responses, anthropic)
    heard: list[Asked] = []
    outcome = Outcome("looking", (CALL,), "tools")
    upstream.script = strict(anthropic, outcome, heard, 50)  # type: ignore[assignment]
    answer = await gateway.post("/v1/responses", ELSEWHERE, headers=HEADERS)
    assert openai_responses.streamed(answer.body) == outcome
    events = [(name, orjson.loads(data)) for name, data in sse_events(answer.body)]
    done = [event["item"] for name, event in events if name == "response.output_item.done"]
    assert [item["type"] for item in done] == ["message", "function_call"]
    assert orjson.loads(done[1]["arguments"]) == CALL.arguments
    usage = events[-1][1]["response"]["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (11, 7, 18)
    assert "You are Codex." in heard[0].system and "sandbox: read-only" in heard[0].system
    assert upstream.received[0].json()["output_config"] == {"effort": "medium"}


async def test_the_next_turn_brings_back_what_it_got(between: Between, upstream: Upstream) -> None:
    gateway = await between(openai_responses, anthropic)
    heard: list[Asked] = []
    upstream.script = strict(anthropic, Outcome("", (CALL,), "tools"), heard, 50)  # type: ignore[assignment]
    first = await gateway.post("/v1/responses", ELSEWHERE, headers=HEADERS)
    items = [orjson.loads(data)["item"] for name, data in sse_events(first.body) if name == "response.output_item.done"]
    result = {"type": "function_call_output", "call_id": items[-1]["call_id"], "output": "README.md"}
    upstream.script = strict(anthropic, Outcome("one file"), heard, 50)  # type: ignore[assignment]
    ask = {**ELSEWHERE, "input": [*ASK["input"], *items, result]}
    second = await gateway.post("/v1/responses", ask, headers=HEADERS)
    assert openai_responses.streamed(second.body).text == "one file"
    assert (heard[1].called, heard[1].result) == (CALL, "README.md")


AGENTS = {"type": "namespace", "name": "multi_agent_v1", "description": "Sub-agents.", "tools": [
    {"type": "function", "name": "close_agent", "description": "Closes one.", "strict": False,
     "parameters": {"type": "object", "properties": {"target": {"type": "string"}}}}]}  # fmt: skip
CLOSE = CallTold("multi_agent_v1__close_agent", {"target": "a1"})


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_tools_in_namespaces_keep_their_names(between: Between, upstream: Upstream, stream: bool) -> None:
    gateway = await between(openai_responses, anthropic)
    heard: list[Asked] = []
    upstream.script = strict(anthropic, Outcome("", (CLOSE,), "tools"), heard, 50)  # type: ignore[assignment]
    ask = {**ELSEWHERE, "tools": [SHELL, AGENTS], "stream": stream}
    first = await gateway.post("/v1/responses", ask, headers=HEADERS)
    assert first.status == 200, first.body
    events = [orjson.loads(data) for _, data in sse_events(first.body)]
    (item,) = events[-1]["response"]["output"] if stream else first.json()["output"]
    assert (item["namespace"], item["name"]) == ("multi_agent_v1", "close_agent")
    assert heard[0].tools == ("shell", "multi_agent_v1__close_agent")
    result = {"type": "function_call_output", "call_id": item["call_id"], "output": "closed"}
    upstream.script = strict(anthropic, Outcome("done"), heard, 50)  # type: ignore[assignment]
    second = await gateway.post("/v1/responses", {**ask, "input": [*ASK["input"], item, result]}, headers=HEADERS)
    assert second.status == 200, second.body
    assert (heard[1].called, heard[1].result) == (CLOSE, "closed")


@pytest.mark.parametrize(
    "tool", [{"type": "web_search"}, {"type": "code_interpreter", "container": {"type": "auto"}}], ids=str
)
async def test_tools_that_only_openai_has_are_refused_by_name(
    between: Between, upstream: Upstream, tool: dict[str, Any]
) -> None:
    gateway = await between(openai_responses, anthropic)
    answer = await gateway.post("/v1/responses", {**ELSEWHERE, "tools": [SHELL, tool]}, headers=HEADERS)
    assert (answer.status, answer.headers["x-should-retry"]) == (400, "false")
    assert "tools[1]" in answer.json()["error"]["message"]
    assert upstream.received == []


async def test_a_stream_that_breaks_never_says_completed(between: Between, upstream: Upstream, settings: Any) -> None:
    gateway = await between(openai_responses, anthropic)

    async def broken(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        for event in anthropic.stream(Outcome("a long answer that never ends"))[:5]:
            await reply.chunk(event)
        await reply.end_of_body()

    upstream.script = broken
    answer = await gateway.post("/v1/responses", ELSEWHERE, headers=HEADERS)
    assert b"response.completed" not in answer.body
    assert (await recorded(settings))[-1].type == "proxy.request.failed"
