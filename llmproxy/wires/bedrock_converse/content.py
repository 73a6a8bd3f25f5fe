"""Messages as Converse has them."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import orjson

from llmproxy.wires.bedrock_converse import media
from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter

ID = re.compile(r"[a-zA-Z0-9_.:-]{1,64}")
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
Block = dict[str, Any]


def messages(given: tuple[Message, ...]) -> list[Block]:
    """All of them; those of one role that follow each other become one, since roles have to alternate.

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
    return written


def system(texts: tuple[Text, ...]) -> list[Block]:
    """The system prompt's blocks; empty texts are not allowed there."""
    return [block for each in texts for block in _text(each)]


def cache_point(ttl: str) -> list[Block]:
    """What marks that everything before it is to be kept. Five minutes is the service's own default."""
    if not ttl:
        return []
    return [{"cachePoint": {"type": "default", **({"ttl": ttl} if ttl == "1h" else {})}}]


def tool_name(name: str) -> str:
    """`name` if the service accepts it. Raises UnsupportedParameter."""
    if not NAME.fullmatch(name):
        raise UnsupportedParameter(
            f"The tool name {name[:80]!r}", "it takes letters, digits, _ and -, at most 64 of them"
        )
    return name


def tool_id(given: str) -> str:
    """`given` if the service accepts it, else one that follows from it: calls and their results still match."""
    return given if ID.fullmatch(given) else f"call_{hashlib.sha256(given.encode()).hexdigest()[:40]}"


def _blocks(part: Part, role: Role) -> Iterator[Block]:
    if isinstance(part, Text | Refusal):
        yield from _text(part)
    elif isinstance(part, Thinking):
        yield from _thinking(part)
    elif isinstance(part, Media):
        if role is not Role.USER:
            raise UnsupportedParameter(part.kind, "its assistant messages hold none")
        yield media.written(part)
        yield from cache_point(part.cache)
    elif isinstance(part, ToolCall):
        yield {"toolUse": {"toolUseId": tool_id(part.id), "name": tool_name(part.name), "input": _arguments(part)}}
        yield from cache_point(part.cache)
    else:
        yield {"toolResult": _result(part)}
        yield from cache_point(part.cache)


def _text(part: Text | Refusal) -> Iterator[Block]:
    """Blank texts are refused by the service and say nothing."""
    if part.text.strip():
        yield {"text": part.text}
    if isinstance(part, Text):
        yield from cache_point(part.cache)


def _thinking(part: Thinking) -> Iterator[Block]:
    """Only what the service itself signed or sealed: thoughts of other models mean nothing to it."""
    if part.signature:
        yield {"reasoningContent": {"reasoningText": {"text": part.text, "signature": part.signature}}}
    elif part.sealed and _is_base64(part.sealed):
        yield {"reasoningContent": {"redactedContent": part.sealed}}


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _arguments(call: ToolCall) -> Block:
    try:
        arguments = orjson.loads(call.arguments or "{}")
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The arguments of the call of the tool {call.name[:80]!r} are not JSON.") from error
    if not isinstance(arguments, dict):
        raise BadRequest(f"The arguments of the call of the tool {call.name[:80]!r} are not an object.")
    return arguments


def _result(part: ToolResult) -> Block:
    content = [{"text": each.text} if isinstance(each, Text) else media.written(each) for each in part.content]
    block: Block = {"toolUseId": tool_id(part.id), "content": content}
    return {**block, "status": "error"} if part.is_error else block
