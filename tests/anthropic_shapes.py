"""Checks a Messages request as strictly as the API does: unknown members, unions, the order of roles and results.

Members: https://docs.anthropic.com/en/api/messages
"""

import re
from collections.abc import Iterator
from typing import Any

from tests.json_shapes import BOOLEAN, INTEGER, NUMBER, OBJECT, STRING, Check, base64_text, listed, one_of, shaped

CACHE = shaped("type", type=one_of("ephemeral"), ttl=one_of("5m", "1h"))
NOT_BLANK = re.compile(r"\S").search


def words(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not NOT_BLANK(value):
        yield f"{at} is blank"


def identifier(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not re.fullmatch(r"[a-zA-Z0-9_-]+", value):
        yield f"{at} is no identifier: {value!r}"


def by_type(**kinds: Check) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in kinds:
            yield f"{at} is of the type {kind!r}"
        else:
            yield from kinds[kind](value, at)

    return check


def block(required: str = "", **members: Check) -> Check:
    return shaped(f"type {required}", type=STRING, **members)


URL = block("url", url=STRING)
IMAGE_TYPE = one_of("image/jpeg", "image/png", "image/gif", "image/webp")
IMAGE = block(
    "source", cache_control=CACHE,
    source=by_type(url=URL, base64=block("media_type data", media_type=IMAGE_TYPE, data=base64_text)),
)  # fmt: skip
DOCUMENT = block(
    "source", cache_control=CACHE, title=STRING, context=STRING, citations=shaped(enabled=BOOLEAN),
    source=by_type(
        url=URL, base64=block("media_type data", media_type=one_of("application/pdf"), data=base64_text),
        text=block("media_type data", media_type=one_of("text/plain"), data=STRING),
    ),
)  # fmt: skip
TEXT = block("text", text=words, cache_control=CACHE)
RESULT = block(
    "tool_use_id", tool_use_id=identifier, is_error=BOOLEAN, cache_control=CACHE,
    content=listed(by_type(text=TEXT, image=IMAGE, document=DOCUMENT)),
)  # fmt: skip
USER = by_type(text=TEXT, image=IMAGE, document=DOCUMENT, tool_result=RESULT)
ASSISTANT = by_type(
    text=TEXT, thinking=block("thinking signature", thinking=STRING, signature=words),
    redacted_thinking=block("data", data=words),
    tool_use=block("id name input", id=identifier, name=identifier, input=OBJECT, cache_control=CACHE),
)  # fmt: skip
TOOL = shaped(
    "name input_schema", name=identifier, description=STRING, strict=BOOLEAN, cache_control=CACHE,
    input_schema=lambda value, at: [] if isinstance(value, dict) and value.get("type") == "object" else [f"{at}.type"],
)  # fmt: skip
CHOICE = by_type(
    auto=block(disable_parallel_tool_use=BOOLEAN), any=block(disable_parallel_tool_use=BOOLEAN), none=block(),
    tool=block("name", name=identifier, disable_parallel_tool_use=BOOLEAN),
)  # fmt: skip
DISPLAY = one_of("summarized", "omitted")
REQUEST = shaped(
    "model max_tokens messages", model=STRING, max_tokens=INTEGER, system=listed(TEXT), temperature=NUMBER,
    top_p=NUMBER, top_k=INTEGER, stop_sequences=listed(words), stream=BOOLEAN, tools=listed(TOOL), tool_choice=CHOICE,
    metadata=shaped(user_id=STRING), messages=lambda value, at: messages(value, at),
    thinking=by_type(
        enabled=block("budget_tokens", budget_tokens=INTEGER, display=DISPLAY), disabled=block(),
        adaptive=block(display=DISPLAY),
    ),
    output_config=shaped(
        effort=one_of("low", "medium", "high", "xhigh", "max"),
        format=by_type(json_schema=block("schema", schema=OBJECT)),
    ),
)  # fmt: skip


def messages(value: Any, at: str) -> Iterator[str]:
    """Roles alternate from the user's; every call is answered first thing in the message behind it."""
    waiting: set[str] = set()
    for number, each in enumerate(value):
        here, role = f"{at}[{number}]", ("user", "assistant")[number % 2]
        yield from shaped("role content", role=one_of(role), content=listed(USER if number % 2 == 0 else ASSISTANT))(
            each, here
        )
        kinds = [part["type"] for part in each["content"]]
        answered = {part["tool_use_id"] for part in each["content"] if part["type"] == "tool_result"}
        if answered != waiting:
            yield f"{here} does not answer the calls before it: {waiting ^ answered}"
        if kinds != sorted(kinds, key=lambda kind: kind != "tool_result"):
            yield f"{here} has results behind other blocks"
        waiting = {part["id"] for part in each["content"] if part["type"] == "tool_use"}


def faults(body: Any) -> list[str]:
    """What the API would refuse, each with its place; empty where nothing is."""
    return list(REQUEST(body, "request"))
