"""Streams in both directions and both framings, in pieces of any size."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.canonical.answer import (
    Cited,
    Delta,
    Event,
    Facts,
    Finish,
    Finished,
    PartEnded,
    PartStarted,
    Signed,
    Started,
)
from llmproxy.wires.canonical.content import Citation, Media, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed, WireError
from llmproxy.wires.gemini_generate.stream_parser import Parser
from llmproxy.wires.gemini_generate.stream_renderer import Renderer
from llmproxy.wires.usage import Usage

FACTS = Facts("r", "public", 1)


def told(*parts: dict[str, Any], **candidate: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, **candidate}], "responseId": "r", "modelVersion": "m"}


GROUNDING = {
    "groundingChunks": [{"web": {"uri": "https://e.org", "title": "E"}}],
    "groundingSupports": [{"segment": {"endIndex": 2}, "groundingChunkIndices": [0]}],
}
CHUNKS: list[dict[str, Any]] = [
    told({"text": "h", "thought": True}),
    told({"text": "m", "thought": True, "thoughtSignature": "QUJD"}),
    told({"text": "hel"}),
    told({"text": "lo"}, groundingMetadata=GROUNDING),
    told({"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}}),
    {**told(finishReason="STOP"), "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4}},
]
CITATION = Citation("https://e.org", "E", 0, 2)
EVENTS: list[Event] = [
    Started("r", "m"),
    PartStarted(0, Thinking()), Delta(0, "h"), Delta(0, "m"), Signed(0, "QUJD"), PartEnded(0),
    PartStarted(1, Text("")), Delta(1, "hel"), Delta(1, "lo"), Cited(1, CITATION), PartEnded(1),
    PartStarted(2, ToolCall("c", "f")), Delta(2, '{"a":1}'), PartEnded(2),
    Finished(Finish.TOOL_CALLS, Usage(3, 4)),
]  # fmt: skip


def sse(chunks: list[Any]) -> bytes:
    return b"".join(b"data: " + orjson.dumps(each) + b"\r\n\r\n" for each in chunks)


def parsed(raw: bytes, size: int = 1 << 20) -> tuple[list[Event], Parser]:
    parser = Parser()
    events = [each for start in range(0, len(raw), size) for each in parser.feed(raw[start : start + size])]
    return [*events, *parser.close()], parser


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
@pytest.mark.parametrize("raw", [sse(CHUNKS), orjson.dumps(CHUNKS, option=orjson.OPT_INDENT_2)], ids=["sse", "array"])
def test_a_stream_in_either_framing_and_pieces_of_any_size(raw: bytes, size: int) -> None:
    events, parser = parsed(raw, size)
    assert events == EVENTS
    assert (parser.complete, parser.usage) == (True, Usage(3, 4))


def test_a_last_event_without_its_blank_line_counts() -> None:
    assert parsed(sse(CHUNKS).rstrip())[0] == EVENTS


def test_a_stream_that_does_not_say_why_it_ended_is_not_complete() -> None:
    events, parser = parsed(sse(CHUNKS[:-1]))
    assert (events, parser.complete) == (EVENTS[:-1], False)


def test_a_blocked_prompt_ends_the_stream() -> None:
    events, parser = parsed(sse([{"promptFeedback": {"blockReason": "SAFETY"}}]))
    assert (events, parser.complete) == ([Started(), Finished(Finish.FILTERED)], True)


def test_images_and_late_signatures() -> None:
    chunks = [
        told({"text": "x"}), told({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}),
        told({"text": "", "thoughtSignature": "QUJD"}, finishReason="MAX_TOKENS"),
    ]  # fmt: skip
    assert parsed(sse(chunks))[0][3:] == [
        PartEnded(0), PartStarted(1, Media("image", "image/png", "AAAA")), PartEnded(1),
        PartStarted(2, Text("")), Signed(2, "QUJD"), PartEnded(2), Finished(Finish.LENGTH),
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "status"), [(429, 429), ("x", 502), (200, 502)])
def test_an_error_ends_it_with_the_providers_words(code: object, status: int) -> None:
    with pytest.raises(ProviderFailed, match="too much") as failed:
        parsed(sse([*CHUNKS[:2], {"error": {"code": code, "message": "too much", "status": "RESOURCE_EXHAUSTED"}}]))
    assert failed.value.status == status


@pytest.mark.parametrize("raw", [b"data: {\n\n", b"data: []\n\n", b"[1]", b"[{}]]", b"data: " + b"x" * (9 << 20)])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(BadAnswer):
        parsed(raw)


def test_what_is_rendered_is_parsed_again() -> None:
    renderer = Renderer(FACTS)
    raw = b"".join([*(renderer.feed(event) for event in EVENTS), renderer.close()])
    events, _ = parsed(raw)
    # Google tells sources with the last event, when the text is over.
    assert events == [Started("r", "public"), *(each for each in EVENTS[1:] if not isinstance(each, Cited))]
    last = orjson.loads(raw.split(b"data: ")[-1])
    grounding = last["candidates"][0]["groundingMetadata"]
    assert grounding["groundingSupports"][0]["segment"] == {
        "partIndex": 0,
        "startIndex": 0,
        "endIndex": 2,
        "text": "he",
    }


def test_text_is_told_as_it_comes_and_calls_when_they_are_whole() -> None:
    renderer = Renderer(FACTS)
    assert renderer.feed(PartStarted(0, Text(""))) == b""
    assert b'"text":"hi"' in renderer.feed(Delta(0, "hi"))
    renderer.feed(PartEnded(0))
    assert renderer.feed(PartStarted(1, ToolCall("c", "f"))) + renderer.feed(Delta(1, '{"a":')) == b""
    renderer.feed(Delta(1, "1}"))
    assert b'"args":{"a":1}' in renderer.feed(PartEnded(1))


def test_arguments_that_are_no_object_cannot_be_shown() -> None:
    renderer = Renderer(FACTS)
    renderer.feed(PartStarted(0, ToolCall("c", "f")))
    renderer.feed(Delta(0, "{"))
    with pytest.raises(BadAnswer):
        renderer.feed(PartEnded(0))
    with pytest.raises(BadAnswer):
        renderer.feed(Delta(7, "x"))


NAMES = ["candidates", "content", "parts", "text", "thought", "thoughtSignature", "functionCall", "name", "args",
         "finishReason", "groundingMetadata", "groundingSupports", "groundingChunks", "segment", "endIndex",
         "groundingChunkIndices", "promptFeedback", "blockReason", "usageMetadata", "error", "inlineData"]  # fmt: skip
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.sampled_from([*NAMES, "STOP", "x"]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=2),
    max_leaves=15,
)


@given(st.lists(HOSTILE, max_size=4), st.integers(1, 30), st.booleans())
def test_hostile_streams_raise_nothing_but_their_own_errors(chunks: list[Any], size: int, array: bool) -> None:
    renderer = Renderer(FACTS)
    with suppress(WireError):
        for event in parsed(orjson.dumps(chunks) if array else sse(chunks), size)[0]:
            renderer.feed(event)


@given(st.permutations(CHUNKS), st.binary(max_size=40))
def test_reordered_and_damaged_streams_raise_nothing_else(chunks: list[Any], noise: bytes) -> None:
    raw = sse(chunks)
    for damaged in (raw, raw[:100] + noise + raw[100:], noise + raw):
        with suppress(WireError):
            parsed(damaged, 13)
