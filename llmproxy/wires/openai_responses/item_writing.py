"""Messages as items of the input."""

from collections.abc import Iterator
from typing import Any

from llmproxy.wires import data_urls
from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.openai_chat.message_writing import error_told
from llmproxy.wires.openai_responses.call_ids import call_id

Written = dict[str, Any]


def items(given: tuple[Message, ...]) -> list[Written]:
    """All of them. Raises UnsupportedParameter: a part has no counterpart."""
    calls = (part for message in given for part in message.content if isinstance(part, ToolCall))
    custom = frozenset(call.id for call in calls if call.free_text)
    return [item for message in given for item in _items(message, custom)]


def texts(given: tuple[Text, ...]) -> list[Written]:
    """Several texts of one message."""
    return [{"type": "input_text", "text": each.text} for each in given]


def _items(message: Message, custom: frozenset[str]) -> Iterator[Written]:
    """Results have to follow their calls, so they come first. Args: custom: calls with free text."""
    results = [part for part in message.content if isinstance(part, ToolResult)]
    yield from (_result(part, "custom_tool_call" if part.id in custom else "function_call") for part in results)
    said: list[Written] = []
    for part in message.content:
        if isinstance(part, ToolResult):
            continue
        if isinstance(part, ToolCall | Thinking):
            yield from _message(message.role, said)
            said = []
            yield from _own(part)
        else:
            said.append(_part(part, message.role))
    yield from _message(message.role, said)


def _message(role: Role, parts: list[Written]) -> Iterator[Written]:
    if parts:
        yield {"type": "message", "role": role.value, "content": parts}


def _own(part: ToolCall | Thinking) -> Iterator[Written]:
    """Calls, and of thoughts only those that a provider of this wire sealed: others mean nothing to it."""
    if isinstance(part, ToolCall):
        named = {"call_id": call_id(part.id), "name": part.name}
        if part.free_text:
            yield {"type": "custom_tool_call", **named, "input": part.arguments}
        else:
            yield {"type": "function_call", **named, "arguments": part.arguments or "{}"}
    elif part.sealed and part.id:
        yield {"type": "reasoning", "id": part.id, "summary": [], "encrypted_content": part.sealed}


def _result(result: ToolResult, call: str) -> Written:
    output: str | list[Written] = [_part(each, Role.USER) for each in result.content]
    if all(isinstance(each, Text) for each in result.content) and len(result.content) <= 1:
        output = "".join(each.text for each in result.content if isinstance(each, Text))
    if result.is_error:
        told = "".join(each.text for each in result.content if isinstance(each, Text))
        output = error_told(told)
    return {"type": f"{call}_output", "call_id": call_id(result.id), "output": output}


def _part(part: Part, role: Role) -> Written:
    """A part of a message. Raises UnsupportedParameter."""
    if isinstance(part, Text):
        return {"type": "input_text" if role is Role.USER else "output_text", "text": part.text}
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text}
    if isinstance(part, Media) and role is Role.USER:
        return media(part)
    raise UnsupportedParameter(part.kind if isinstance(part, Media) else type(part).__name__, "it has no place there")


def media(part: Media) -> Written:
    """An image or a file. Raises UnsupportedParameter."""
    if part.kind == "image" or (part.kind == "file" and part.type.startswith("image/")):
        url = part.url or data_urls.written(part.type or "image/png", part.data)
        return {"type": "input_image", "image_url": url, "detail": part.detail or "auto"}
    if part.kind != "file":
        raise UnsupportedParameter(part.kind)
    if part.url:
        return {"type": "input_file", "file_url": part.url}
    if part.text:
        return {"type": "input_text", "text": f"{part.name}\n\n{part.text}" if part.name else part.text}
    data = data_urls.written(part.type or "application/pdf", part.data)
    return {"type": "input_file", "filename": part.name or "document", "file_data": data}
