"""Messages as the API has them."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import orjson

from llmproxy.wires.anthropic_messages import media
from llmproxy.wires.anthropic_messages.cache import marked
from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter

ID, NAME = re.compile(r"[a-zA-Z0-9_-]{1,256}"), re.compile(r"[a-zA-Z0-9_-]{1,128}")
Block = dict[str, Any]


def messages(given: tuple[Message, ...]) -> list[Block]:
    """All of them; those of one role that follow each other become one, with the results of tools first.

    Raises:
        BadRequest: arguments of a tool call are not JSON.
        UnsupportedParameter: a part has no counterpart.
    """
    written: list[Block] = []
    for message in given:
        content = [block for part in message.content for block in _blocks(part, message.role)]
        if written and written[-1]["role"] == message.role.value:
            written[-1]["content"] += content
        elif content:
            written.append({"role": message.role.value, "content": content})
    for each in written:
        each["content"].sort(key=lambda block: block["type"] != "tool_result")
    return written


def texts(given: tuple[Text, ...]) -> list[Block]:
    """The system prompt's blocks; blank ones are refused by the API and say nothing."""
    return [block for each in given for block in _text(each)]


def tool_name(name: str) -> str:
    """`name` if the API accepts it. Raises UnsupportedParameter."""
    if not NAME.fullmatch(name):
        raise UnsupportedParameter(
            f"The tool name {name[:80]!r}", "it takes letters, digits, _ and -, at most 128 of them"
        )
    return name


def tool_id(given: str) -> str:
    """`given` if the API accepts it, else one that follows from it: calls and their results still match."""
    return given if ID.fullmatch(given) else f"toolu_{hashlib.sha256(given.encode()).hexdigest()[:40]}"


def arguments(call: ToolCall, error: type[Exception]) -> Block:
    """A call's arguments as an object. Raises `error`."""
    if call.free_text:
        raise error(f"The tool {call.name[:80]!r} was called with free text, for which this format has no place.")
    try:
        value = orjson.loads(call.arguments or "{}")
    except orjson.JSONDecodeError as cause:
        raise error(f"The arguments of the call of the tool {call.name[:80]!r} are not JSON.") from cause
    if not isinstance(value, dict):
        raise error(f"The arguments of the call of the tool {call.name[:80]!r} are not an object.")
    return value


def _blocks(part: Part, role: Role) -> Iterator[Block]:
    if isinstance(part, Text | Refusal):
        yield from _text(part)
    elif isinstance(part, Thinking):
        yield from _thinking(part)
    elif isinstance(part, Media):
        if role is not Role.USER:
            raise UnsupportedParameter(part.kind, "its assistant messages hold none")
        yield media.written(part)
    elif isinstance(part, ToolCall):
        block = {"type": "tool_use", "id": tool_id(part.id), "name": tool_name(part.name)}
        yield marked({**block, "input": arguments(part, BadRequest)}, part.cache)
    else:
        yield _result(part)


def _text(part: Text | Refusal) -> Iterator[Block]:
    if part.text.strip():
        yield marked({"type": "text", "text": part.text}, part.cache if isinstance(part, Text) else "")


def _thinking(part: Thinking) -> Iterator[Block]:
    """Only what was signed or sealed: thoughts of other models mean nothing to the provider."""
    if part.signature:
        yield {"type": "thinking", "thinking": part.text, "signature": part.signature}
    elif part.sealed:
        yield {"type": "redacted_thinking", "data": part.sealed}


def _result(part: ToolResult) -> Block:
    block: Block = {"type": "tool_result", "tool_use_id": tool_id(part.id)}
    content = [each for told in part.content for each in _told(told)]
    if content:
        block["content"] = content
    if part.is_error:
        block["is_error"] = True
    return marked(block, part.cache)


def _told(part: Text | Media) -> Iterator[Block]:
    if isinstance(part, Media):
        yield media.written(part)
    else:
        yield from _text(part)
