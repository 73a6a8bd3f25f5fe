"""Requests of any wire are estimated, at a bounded price."""

from llmproxy.counting import count_text
from llmproxy.counting.requests import COUNTED_CHARACTERS, estimate_request
from llmproxy.wires.canonical.content import Media, Message, Role, Text, Tool, ToolCall, ToolResult
from llmproxy.wires.canonical.request import Request


def said(*parts: Text | Media | ToolCall | ToolResult, **more: object) -> Request:
    return Request((Message(Role.USER, parts),), **more)  # type: ignore[arg-type]


def test_everything_that_the_model_reads_counts() -> None:
    plain = estimate_request("gpt-5", said(Text("hello there")))
    assert plain >= count_text("gpt-5", "hello there").tokens
    longer = [
        said(Text("hello there"), system=(Text("be brief"),)),
        said(Text("hello there"), tools=(Tool("weather", "of a city", {"type": "object"}),)),
        said(Text("hello there"), ToolCall("c", "weather", '{"city": "Köln"}')),
        said(Text("hello there"), ToolResult("c", content=(Text("sunny and warm"),))),
        said(Text("hello there"), Media("image", "image/png", "AAAA")),
    ]
    assert all(estimate_request("gpt-5", each) > plain for each in longer)


def test_a_book_is_extrapolated() -> None:
    page = "All happy families are alike; each unhappy family is unhappy in its own way. "
    chapter = page * (COUNTED_CHARACTERS // len(page))
    once, ten_times = (estimate_request("claude-x", said(Text(chapter * times))) for times in (1, 10))
    assert 9.9 < ten_times / once < 10.1


def test_nothing_is_nearly_nothing() -> None:
    assert 0 < estimate_request("gpt-5", said()) < 10
