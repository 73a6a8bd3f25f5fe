"""Counting tokens over a provider that has no endpoint for it."""

from typing import Any

import pytest

from tests.llmproxy.pairs import anthropic, bedrock, gemini
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.views.recording import recorded
from tests.upstream import Upstream

MESSAGES = {"model": "public", "messages": [{"role": "user", "content": "hello there, how are you?"}]}
CONTENTS = {"contents": [{"parts": [{"text": "hello there, how are you?"}]}]}


async def test_messages_are_estimated_and_say_so(between: Between, upstream: Upstream, settings: Any) -> None:
    gateway = await between(anthropic, bedrock)
    answer = await gateway.post("/v1/messages/count_tokens", MESSAGES)
    assert (answer.status, answer.headers["x-gatehouse-tokens"]) == (200, "estimated")
    counted = answer.json()
    assert 5 < counted["input_tokens"] < 40 and counted["estimated"] is True
    assert upstream.received == []
    started, completed = await recorded(settings)
    assert (started.type, completed.type) == ("proxy.request.started", "proxy.request.completed")
    assert completed.attrs["units"] == {"estimated_tokens": counted["input_tokens"]}


@pytest.mark.parametrize("body", [CONTENTS, {"generateContentRequest": {"model": "models/public", **CONTENTS}}])
async def test_contents_are_estimated_and_say_so(between: Between, upstream: Upstream, body: dict[str, Any]) -> None:
    gateway = await between(gemini, anthropic)
    answer = await gateway.post("/v1beta/models/public:countTokens", body)
    assert (answer.status, answer.headers["x-gatehouse-tokens"]) == (200, "estimated")
    assert answer.json().keys() == {"totalTokens"}
    assert 5 < answer.json()["totalTokens"] < 40
    assert upstream.received == []


async def test_a_provider_that_counts_is_asked(between: Between, upstream: Upstream) -> None:
    gateway = await between(anthropic, anthropic)
    upstream.script = lambda _, reply: reply.json({"input_tokens": 9})
    answer = await gateway.post("/v1/messages/count_tokens", MESSAGES)
    assert (answer.json(), "x-gatehouse-tokens" in answer.headers) == ({"input_tokens": 9}, False)
    assert upstream.received[0].target == "/v1/messages/count_tokens"


async def test_bad_questions_are_refused(between: Between, upstream: Upstream) -> None:
    gateway = await between(anthropic, gemini)
    answer = await gateway.post("/v1/messages/count_tokens", {**MESSAGES, "messages": "x"})
    assert (answer.status, anthropic.error(answer.body)[0]) == (400, "invalid_request_error")
    stranger = await gateway.post("/v1/messages/count_tokens", {**MESSAGES, "model": "unknown"})
    assert stranger.status == 404
