"""A stream is kept as the text that it carried, whatever wire it came by."""

import json

import pytest

from audit.content.streams import gathered

CHAT = (
    'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"my key sk-proj-"}}]}\n\n'
    'data: {"choices":[{"index":0,"delta":{"content":"abcdef0123456789"}}]}\n\ndata: [DONE]\n\n'
)
ANTHROPIC = (
    'event: message_start\ndata: {"type":"message_start","message":{"id":"m"}}\n\n'
    'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"my key sk-proj-"}}\n\n'
    'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"abcdef0123456789"}}\n\n'
)
RESPONSES = (
    'data: {"type":"response.output_text.delta","delta":"my key sk-proj-"}\n\n'
    'data: {"type":"response.output_text.delta","delta":"abcdef0123456789"}\n\n'
)
GEMINI = (
    'data: {"candidates":[{"content":{"parts":[{"text":"my key sk-proj-"}]}}]}\n\n'
    'data: {"candidates":[{"content":{"parts":[{"text":"abcdef0123456789"}]}}]}\n\n'
)


@pytest.mark.parametrize("stream", [CHAT, ANTHROPIC, RESPONSES, GEMINI])
def test_pieces_become_one_text(stream: str) -> None:
    found = json.loads(gathered(stream.encode()))
    assert list(found["text"].values()) == ["my key sk-proj-abcdef0123456789"]


def test_calls_of_tools_and_events_that_are_no_text_are_kept() -> None:
    stream = (
        'data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"pay","arguments":"{\\"to\\":"}}]}}]}'
        '\n\ndata: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]}\n\n'
        'data: {"usage":{"total_tokens":3}}\n\ndata: {broken\n\n'
    )
    found = json.loads(gathered(stream.encode()))
    assert found["text"] == {"tool_call": 'pay{"to":1}'}
    assert found["events"] == [{"usage": {"total_tokens": 3}}, "{broken"]


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"data: 1\n\n", b'data: {"choices": 3, "delta": 4}\n\n'])
def test_what_is_no_stream_does_no_harm(junk: bytes) -> None:
    assert json.loads(gathered(junk))["streamed"] is True
