"""What planning reads in a body, whatever is in it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.routing import reading

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 400_000}}


def chat(*parts: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": list(parts)}]}


def test_size_is_about_a_quarter_of_the_characters() -> None:
    assert 250 <= reading.prompt_tokens({"messages": [{"role": "user", "content": "x" * 1000}]}) <= 260
    assert reading.prompt_tokens({"input": "x" * 400}) == 100


def test_an_image_is_no_million_tokens() -> None:
    assert reading.prompt_tokens(chat(IMAGE)) < 1000


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (chat(IMAGE), {"vision"}),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "u"}]}]}, {"vision"}),
        ({"contents": [{"parts": [{"inlineData": {"data": "x"}}]}]}, {"vision"}),
        (chat({"type": "document"}), {"pdf_input"}),
        (chat({"type": "input_audio"}), {"audio_input"}),
        ({"tools": [{}]}, {"function_calling"}),
        ({"response_format": {"type": "json_schema"}}, {"response_schema"}),
        ({"text": {"format": {"type": "json_schema"}}}, {"response_schema"}),
        ({"output_config": {"format": {"type": "json_schema"}}}, {"response_schema"}),
        ({"generationConfig": {"responseJsonSchema": {}}}, {"response_schema"}),
        ({"generation_config": {"response_schema": {"type": "OBJECT"}}}, {"response_schema"}),
        ({"text": {"format": {"type": "text"}}, "generationConfig": {"maxOutputTokens": 5}}, set()),
        (chat({"type": "text", "text": "hi"}), set()),
    ],
)
def test_needs_are_found_on_every_wire(body: dict[str, Any], found: set[str]) -> None:
    assert reading.needs(body) == found


@pytest.mark.parametrize("value", [-1, 0, 1.5, "9", True, None, [], {}])
def test_an_odd_limit_is_no_limit(value: Any) -> None:
    assert reading.most_output({"max_tokens": value}) is None


def test_limits_are_found_on_every_wire() -> None:
    for body in ({"max_tokens": 5}, {"max_completion_tokens": 5}, {"generationConfig": {"maxOutputTokens": 5}}):
        assert reading.most_output(body) == 5


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(["messages", "contents", "input", "tools", "metadata", "user", "system", "generationConfig"])


@given(st.dictionaries(NAMES, ANYTHING))
def test_nothing_in_a_body_breaks_it(body: dict[str, Any]) -> None:
    assert reading.prompt_tokens(body) >= 0
    reading.needs(body), reading.most_output(body), reading.metadata(body), reading.end_user(body)
