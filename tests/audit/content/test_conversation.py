"""Bodies of every wire are read as messages; what has no known form is shown as it is."""

import json
from typing import Any

import pytest

from audit.content.conversation import Message, messages

CASES: list[tuple[Any, list[tuple[str, str]]]] = [
    ({"messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}]},
     [("system", "be kind"), ("user", "hi")]),
    ({"system": [{"type": "text", "text": "be kind"}], "messages": [{"role": "user", "content": [
        {"type": "text", "text": "see"}, {"type": "image", "source": {"data": "AAAA"}}]}]},
     [("system", "be kind"), ("user", "see\n[image]")]),
    ({"instructions": "short", "input": [{"role": "user", "content": [{"type": "input_text", "text": "hi"}]}]},
     [("system", "short"), ("user", "hi")]),
    ({"contents": [{"role": "user", "parts": [{"text": "hi"}, {"inlineData": {"data": "AA"}}]}]},
     [("user", "hi\n[attached data]")]),
    ({"choices": [{"message": {"role": "assistant", "content": None, "tool_calls": [
        {"function": {"name": "pay", "arguments": '{"to":1}'}}]}}]}, [("assistant", 'calls pay {"to":1}')]),
    ({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "yes"}]}, [("assistant", "yes")]),
    ({"output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "yes"}]}]},
     [("assistant", "yes")]),
    ({"candidates": [{"content": {"role": "model", "parts": [{"text": "yes"}]}}]}, [("model", "yes")]),
    ({"streamed": True, "text": {"content": "yes"}, "events": []}, [("assistant: content", "yes")]),
    ({"input": ["a", "b"], "model": "m"}, [("user", "a"), ("user", "b")]),
    ({"error": {"message": "no"}}, [("error", '{"message": "no"}')]),
    ({"form": {"language": "de"}}, [("language", "de")]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), CASES)
def test_a_body_of_a_known_form(body: Any, expected: list[tuple[str, str]]) -> None:
    assert messages(json.dumps(body).encode()) == [Message(*pair) for pair in expected]


@pytest.mark.parametrize(
    ("body", "shown"),
    [(b"\xff\x00", "[2 bytes that are no text]"), (b"[1]", "[1]"), (b'{"model": "m"}', '{"model": "m"}'),
     (b'{"messages": "cut of', '{"messages": "cut of'), (b"", "")],
)  # fmt: skip
def test_what_has_no_known_form_is_shown_as_it_is(body: bytes, shown: str) -> None:
    assert messages(body) == [Message("", shown)]


def test_odd_shapes_do_no_harm() -> None:
    for value in (3, None, [], [None], {"a": 1}, [[["x"]]], "t", {"role": 3, "content": {"content": {"content": 1}}}):
        for name in ("messages", "contents", "input", "output", "choices", "candidates", "system", "error"):
            assert messages(json.dumps({name: value}).encode())
    assert messages(b"[" * 100_000)
