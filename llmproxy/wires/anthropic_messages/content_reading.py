"""A client's messages and their content blocks."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from llmproxy.wires.anthropic_messages import media
from llmproxy.wires.anthropic_messages.cache import lifetime
from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Media, Message, Part, Role, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter

Object = Mapping[str, Any]
ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
SYSTEM = "system"


def messages(body: Object) -> tuple[Message, ...]:
    """All but those of the system. Raises BadRequest, UnsupportedParameter."""
    found = []
    for at, message in reading.objects(body, "messages"):
        role = reading.text(message, "role", at)
        if role == SYSTEM:
            continue
        if role not in ROLES:
            raise BadRequest(f"{at}.role must be user, assistant or system.", f"{at}.role")
        found.append(Message(ROLES[role], tuple(_content(message, at))))
    return tuple(found)


def system_texts(body: Object) -> tuple[Text, ...]:
    """The system prompt, and messages of the system: other wires have but one place for them."""
    texts = list(_texts(body, SYSTEM, ""))
    for at, message in reading.objects(body, "messages"):
        if message.get("role") == SYSTEM:
            texts += _texts(message, "content", at)
    return tuple(texts)


def moved(body: Object) -> tuple[str, ...]:
    """The places of messages of the system that stand behind others, and so lose their place."""
    roles = [(at, message.get("role")) for at, message in reading.objects(body, "messages")]
    return tuple(f"{at}.role" for number, (at, role) in enumerate(roles) if role == SYSTEM and
                 any(before != SYSTEM for _, before in roles[:number]))  # fmt: skip


def _texts(holder: Object, name: str, at: str) -> Iterator[Text]:
    if isinstance(holder.get(name), str):
        yield Text(holder[name])
        return
    for here, block in reading.objects(holder, name, at):
        if block.get("type") != "text":
            raise BadRequest(f"{here}.type must be text.", f"{here}.type")
        yield _text(block, here)


def _text(block: Object, at: str) -> Text:
    """Citations within a request point into documents of the conversation, which say the same themselves."""
    return Text(reading.text(block, "text", at), cache=lifetime(block, at))


def _content(message: Object, at: str) -> Iterator[Part]:
    if isinstance(message.get("content"), str):
        yield Text(message["content"])
        return
    if message.get("content") is None:
        raise reading.wrong(at, "content", "a string or a list of blocks")
    for here, block in reading.objects(message, "content", at):
        yield _part(block, here)


def _part(block: Object, at: str) -> Part:
    kind = reading.text(block, "type", at)
    if kind == "text":
        return _text(block, at)
    if kind in media.KINDS:
        return media.read(block, kind, at)
    if kind == "thinking":
        return Thinking(reading.text(block, "thinking", at), reading.optional_text(block, "signature", at))
    if kind == "redacted_thinking":
        return Thinking(sealed=reading.text(block, "data", at))
    if kind == "tool_use":
        return _call(block, at)
    if kind == "tool_result":
        return _result(block, at)
    raise UnsupportedParameter(at, f"it has no block of the type {kind[:80]!r}")


def _call(block: Object, at: str) -> ToolCall:
    arguments = reading.mapping(block, "input", at) or {}
    return ToolCall(
        reading.text(block, "id", at),
        reading.text(block, "name", at),
        orjson.dumps(arguments).decode(),
        cache=lifetime(block, at),
    )


def _result(block: Object, at: str) -> ToolResult:
    content: list[Text | Media] = []
    if isinstance(given := block.get("content"), str):
        content.append(Text(given))
    else:
        content += [_told(each, here) for here, each in reading.objects(block, "content", at)]
    return ToolResult(
        reading.text(block, "tool_use_id", at),
        content=tuple(content),
        is_error=reading.boolean(block, "is_error", at) is True,
        cache=lifetime(block, at),
    )


def _told(block: Object, at: str) -> Text | Media:
    kind = reading.text(block, "type", at)
    if kind == "text":
        return _text(block, at)
    if kind in media.KINDS:
        return media.read(block, kind, at)
    raise UnsupportedParameter(at, f"it has no block of the type {kind[:80]!r}")
