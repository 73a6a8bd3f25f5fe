from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.llmproxy.simulator.asking import QUESTION, ask, chat


@given(content=st.text(max_size=200), seed=st.integers(0, 1000), stream=st.booleans())
async def test_the_same_request_gets_the_same_bytes(content: str, seed: int, stream: bool) -> None:
    asked: dict[str, Any] = {"messages": [{"role": "user", "content": content}], "seed": seed, "stream": stream}
    assert (await chat(**asked)).body == (await chat(**asked)).body


async def test_it_mentions_what_was_asked_and_counts() -> None:
    answer = (await chat()).json()
    assert "Why is the sky blue?" in answer["choices"][0]["message"]["content"]
    assert answer["choices"][0]["finish_reason"] == "stop"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


async def test_another_seed_says_something_else() -> None:
    assert (await chat(seed=1)).text() != (await chat(seed=2)).text()


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_it_stops_at_the_limit(name: str) -> None:
    limit: dict[str, Any] = {name: 3}
    answer = (await chat(**limit)).json()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 3


async def test_it_stops_before_a_stop_sequence() -> None:
    answer = await chat(stop=["sky"])
    assert answer.text() == "You asked: “Why is the "


async def test_the_stream_says_what_the_whole_answer_says() -> None:
    whole, streamed = await chat(), await chat(stream=True, stream_options={"include_usage": True})
    assert streamed.body.endswith(b"data: [DONE]\n\n")
    *chunks, last = streamed.events()
    said = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
    assert said == whole.text()
    assert last["choices"] == [] and last["usage"] == whole.json()["usage"]
    assert all(chunk["usage"] is None for chunk in chunks)


async def test_it_gives_as_many_answers_as_asked_for() -> None:
    choices = (await chat(n=3)).json()["choices"]
    assert [each["index"] for each in choices] == [0, 1, 2]
    assert len({each["message"]["content"] for each in choices}) == 3


async def test_it_echoes() -> None:
    assert (await chat(messages=[{"role": "user", "content": "echo: one two"}])).text() == "one two"
    assert (await chat("simulator-echo")).text() == QUESTION[0]["content"]


async def test_json_mode_gives_an_object() -> None:
    asked = [{"role": "user", "content": "Colours as JSON"}]
    answer = await chat(messages=asked, response_format={"type": "json_object"})
    assert isinstance(orjson.loads(answer.text()), dict)


async def test_images_and_sound_are_counted() -> None:
    parts = [
        {"type": "text", "text": "hi"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        {"type": "input_audio", "input_audio": {"data": "A" * 3200, "format": "wav"}},
    ]
    usage = (await chat(messages=[{"role": "user", "content": parts}])).json()["usage"]
    assert usage["prompt_tokens"] > 765
    assert usage["prompt_tokens_details"]["audio_tokens"] == 3


REFUSED: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"messages": None}, "messages", "missing_required_parameter"),
    ({"messages": []}, "messages", "empty_array"),
    ({"messages": [{"role": "king", "content": "x"}]}, "messages[0].role", "invalid_value"),
    ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
    ({"messages": [{"role": "tool", "tool_call_id": "x", "content": "y"}]}, "messages.[0].role", None),
    ({"max_tokens": "5"}, "max_tokens", "invalid_type"),
    ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
    ({"n": 9}, "n", "integer_above_max_value"),
    ({"temperature": 3}, "temperature", "decimal_above_max_value"),
    ({"stream_options": {"include_usage": True}}, "stream_options", None),
    ({"stop": ["a", "b", "c", "d", "e"]}, "stop", "array_above_max_length"),
    ({"response_format": {"type": "json_object"}}, "messages", None),
    ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value"),
    ({"tools": [{"type": "function"}]}, "tools[0].function", "missing_required_parameter"),
    ({"tool_choice": "auto"}, "tool_choice", None),
]


@pytest.mark.parametrize(("more", "param", "code"), REFUSED)
async def test_it_refuses_as_openai_does(more: dict[str, Any], param: str | None, code: str | None) -> None:
    answer = await chat(**more)
    error = answer.json()["error"]
    assert (answer.status, error["param"], error["code"]) == (400, param, code)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"model": 5}', b"\xff"])
async def test_broken_bodies_are_400(body: bytes) -> None:
    assert (await ask("chat/completions", body)).status == 400


async def test_an_unknown_model_is_404() -> None:
    answer = await chat("gpt-9")
    assert (answer.status, answer.json()["error"]["code"]) == (404, "model_not_found")
