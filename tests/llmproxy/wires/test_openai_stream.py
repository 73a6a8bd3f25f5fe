"""The stream tap passes events on, reads usage, and knows a whole stream from a cut one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.openai_stream import OpenAIStreamTap, ProviderError
from llmproxy.wires.usage import Usage

TEXT = (
    b'data: {"choices":[{"delta":{"content":"the \\"usage\\" of error: words"},"finish_reason":null}],"usage":null}\n\n'
)
STOP = b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
DONE = b"data: [DONE]\n\n"


@given(st.lists(st.integers(1, 400), max_size=10), st.booleans())
def test_however_the_bytes_are_cut_the_client_gets_whole_events(cuts: list[int], strip: bool) -> None:
    stream = TEXT + STOP + USAGE + DONE
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    tap = OpenAIStreamTap(strip_usage=strip)
    out = b"".join(tap.feed(stream[a:b]) for a, b in zip(edges, edges[1:], strict=False)) + tap.close()
    assert out == TEXT + STOP + (b"" if strip else USAGE) + DONE
    assert tap.usage == Usage(input=3, output=2)
    assert tap.complete


def test_a_usage_that_comes_with_content_is_read_and_kept() -> None:
    event = b'data: {"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n'
    tap = OpenAIStreamTap(strip_usage=True)
    assert tap.feed(event) == event
    assert tap.usage == Usage(input=1, output=1)


def test_a_stream_without_an_end_is_not_complete() -> None:
    tap = OpenAIStreamTap(strip_usage=True)
    tap.feed(TEXT)
    assert tap.close() == b""
    assert not tap.complete


def test_a_done_without_its_blank_line_is_completed() -> None:
    tap = OpenAIStreamTap(strip_usage=True)
    tap.feed(TEXT + b"data: [DONE]")
    assert tap.close() == DONE
    assert tap.complete


def test_an_error_event_is_a_failure_and_its_words_are_not_passed_on() -> None:
    tap = OpenAIStreamTap(strip_usage=True)
    with pytest.raises(ProviderError):
        tap.feed(b'data: {"error":{"message":"key sk-canary"}}\n\n')


def test_a_text_that_speaks_of_errors_is_no_error() -> None:
    event = b'data: {"choices":[{"delta":{"content":"{\\"error\\": 1}"}}],"error":null}\n\n'
    tap = OpenAIStreamTap(strip_usage=True)
    assert tap.feed(event) == event
