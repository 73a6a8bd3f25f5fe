"""The simplest call over every provider's wire."""

from types import ModuleType

import pytest

from tests.llmproxy.pairs import anthropic, bedrock, gemini, openai_responses
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import Asked, Outcome
from tests.llmproxy.pairs.test_pairs import strict
from tests.upstream import Upstream

PROVIDERS = [pytest.param(each, id=each.WIRE) for each in (anthropic, bedrock, gemini, openai_responses)]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_text_and_json(between: Between, upstream: Upstream, provider: ModuleType) -> None:
    gateway = await between(provider, provider)
    heard: list[Asked] = []
    upstream.script = strict(provider, Outcome("hello"), heard, 99)  # type: ignore[assignment]
    ask = {"input": "hi", "parameters": {"max_tokens": 50, "temperature": 0.5}}
    answer = await gateway.post("/v1/analyzing", ask)
    assert answer.json() == {"output": "hello", "model": "public", "usage": {"input_tokens": 11, "output_tokens": 7}}
    assert heard == [Asked("hi", temperature=0.5)]
    upstream.script = strict(provider, Outcome('```json\n{"a": 1}\n```'), heard, 99)  # type: ignore[assignment]
    answer = await gateway.post("/v1/analyzing", {**ask, "parameters": {"max_tokens": 50, "response_format": "json"}})
    assert answer.status == 200, answer.body
    assert answer.json()["output"] == {"a": 1}
    assert "JSON" in heard[1].system
