"""The taps: bytes untouched in any pieces, usage read, the end noticed, failures raised, odd input harmless."""

from collections.abc import Callable

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.openai_stream import OpenAIStreamTap
from llmproxy.wires.taps import anthropic_messages, gemini, openai_media, openai_responses
from llmproxy.wires.taps.reading import NotJson
from llmproxy.wires.taps.tap import EventTap, ProviderError
from llmproxy.wires.usage import Usage

Tap = Callable[[], EventTap]


def named(kind: str, **data: object) -> bytes:
    return f"event: {kind}\n".encode() + b"data: " + orjson.dumps({"type": kind, **data}) + b"\n\n"


def plain(**data: object) -> bytes:
    return b"data: " + orjson.dumps(data) + b"\r\n\r\n"


ANTHROPIC = b"".join(
    [
        named("message_start", message={"id": "m", "usage": {"input_tokens": 5, "cache_read_input_tokens": 3,
              "cache_creation_input_tokens": 2, "output_tokens": 1}}),
        named("ping"),
        named("content_block_delta", index=0, delta={"type": "text_delta", "text": '{"type":"error"} "message_stop"'}),
        named("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9, "input_tokens": None}),
        named("message_stop"),
    ]
)  # fmt: skip
RESPONSES = b"".join(
    [
        named("response.created", response={"status": "in_progress", "error": None}),
        named("response.output_text.delta", delta='"type":"response.failed"'),
        named("response.completed", response={"usage": {"input_tokens": 10, "output_tokens": 9,
              "input_tokens_details": {"cached_tokens": 3}, "output_tokens_details": {"reasoning_tokens": 2}}}),
    ]
)  # fmt: skip
GEMINI = b"".join(
    [
        plain(candidates=[{"content": {"parts": [{"text": "error: finishReason"}]}}]),
        plain(
            candidates=[{"finishReason": "STOP"}],
            usageMetadata={"promptTokenCount": 8, "toolUsePromptTokenCount": 2, "candidatesTokenCount": 7,
                           "thoughtsTokenCount": 2, "cachedContentTokenCount": 3},
        ),
    ]
)  # fmt: skip
STREAMS = [
    (anthropic_messages.AnthropicMessagesTap, ANTHROPIC, Usage(input=10, output=9, cached=3, cache_write=2)),
    (openai_responses.OpenAIResponsesTap, RESPONSES, Usage(input=10, output=9, cached=3, reasoning=2)),
    (gemini.GeminiTap, GEMINI, Usage(input=10, output=9, cached=3, reasoning=2)),
]


MAKERS: list[Tap] = [
    *(make for make, _, _ in STREAMS),
    openai_media.OpenAIMediaTap,
    lambda: OpenAIStreamTap(strip_usage=False),
]


@pytest.mark.parametrize(("make", "stream", "usage"), STREAMS)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_bytes_pass_untouched_and_usage_is_read(make: Tap, stream: bytes, usage: Usage, size: int) -> None:
    tap = make()
    passed = b"".join(tap.feed(stream[at : at + size]) for at in range(0, len(stream), size)) + tap.close()
    assert passed == stream
    assert (tap.usage, tap.complete) == (usage, True)


@pytest.mark.parametrize(("make", "stream", "_"), STREAMS)
def test_a_stream_without_its_end_is_not_complete(make: Tap, stream: bytes, _: Usage) -> None:
    tap = make()
    tap.feed(stream[:-40])
    assert tap.close() == b""
    assert not tap.complete


@pytest.mark.parametrize(("make", "stream", "_"), STREAMS)
def test_a_last_event_without_its_blank_line_is_completed(make: Tap, stream: bytes, _: Usage) -> None:
    tap = make()
    tap.feed(stream.rstrip())
    assert tap.close().endswith(b"\n\n")
    assert tap.complete


@pytest.mark.parametrize(
    ("make", "event"),
    [
        (anthropic_messages.AnthropicMessagesTap, named("error", error={"type": "overloaded_error", "message": "x"})),
        (openai_responses.OpenAIResponsesTap, named("response.failed", response={"error": {"code": "x"}})),
        (openai_responses.OpenAIResponsesTap, named("error", code="x", message="y")),
        (gemini.GeminiTap, plain(error={"code": 503, "message": "x", "status": "UNAVAILABLE"})),
    ],
)
def test_a_failure_that_the_provider_reports_is_raised(make: Tap, event: bytes) -> None:
    with pytest.raises(ProviderError):
        make().feed(event)


def test_a_failed_response_still_has_its_usage() -> None:
    tap = openai_responses.OpenAIResponsesTap()
    with pytest.raises(ProviderError):
        tap.feed(named("response.failed", response={"usage": {"input_tokens": 4, "output_tokens": 1}}))
    assert tap.usage == Usage(input=4, output=1)


def test_a_blocked_prompt_ends_geminis_stream() -> None:
    tap = gemini.GeminiTap()
    tap.feed(plain(promptFeedback={"blockReason": "SAFETY"}))
    assert tap.complete


@pytest.mark.parametrize(
    ("usage_of", "answer", "usage"),
    [
        (anthropic_messages.usage_of, {"usage": {"input_tokens": 7, "output_tokens": 3}}, Usage(7, 3)),
        (openai_responses.usage_of, {"usage": {"input_tokens": 7, "output_tokens": 3}}, Usage(7, 3)),
        (gemini.usage_of, {"usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 3}}, Usage(7, 3)),
        (gemini.usage_of, {"usage": {"promptTokenCount": 7}}, None),
        (anthropic_messages.usage_of, {"usage": {"input_tokens": -7, "output_tokens": True}}, Usage()),
        (openai_responses.usage_of, [], None),
    ],
)
def test_usage_of_a_whole_answer(usage_of: Callable[[bytes], Usage | None], answer: object, usage: Usage) -> None:
    assert usage_of(orjson.dumps(answer)) == usage


EVENTS = st.sampled_from(
    [b"data: {}\n\n", b"data: [DONE]\n\n", b": x\n\n", b'data: {"type": []}\n\n', b"data: [",
     b'data: {"usage":7,"error":0}\r\n\r\n', b'data: {"choices":{},"candidates":[3]}\n\n']
)  # fmt: skip


@given(st.lists(st.binary(max_size=60) | EVENTS, max_size=20))
def test_nonsense_is_passed_on_in_order_or_refused(pieces: list[bytes]) -> None:
    for make in MAKERS:
        tap, passed = make(), b""
        try:
            for piece in pieces:
                passed += tap.feed(piece)
        except (NotJson, ProviderError):
            pass
        assert b"".join(pieces).startswith(passed)


@given(st.binary(min_size=1, max_size=40).filter(lambda raw: b"\n" not in raw and b"\r" not in raw))
def test_data_goes_on_only_as_json_however_it_is_cut(data: bytes) -> None:
    for make in MAKERS:
        outcomes = set()
        for size in (1, 1000):
            tap, event = make(), b"data: " + data + b"\n\n"
            try:
                outcomes.add(b"".join([tap.feed(event[at : at + size]) for at in range(0, len(event), size)]))
            except NotJson:
                outcomes.add(b"refused")
        assert len(outcomes) == 1
        assert outcomes <= {b"refused", event}
        assert outcomes == {b"refused"} or not data.strip() or data.lstrip()[:1] in b"{["
