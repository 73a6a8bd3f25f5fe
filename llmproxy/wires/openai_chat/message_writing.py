"""Messages to the provider."""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from llmproxy.wires import data_urls
from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.openai_chat.custom_tools import KIND

Written = dict[str, Any]
FORMATS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}
LONGEST_ID = 40


def messages(system: tuple[Text, ...], given: tuple[Message, ...]) -> list[Written]:
    """All of them, the system prompt first; those of one role that follow each other become one.

    Raises:
        UnsupportedParameter: a part has no counterpart.
    """
    written: list[Written] = []
    if texts := tuple(each for each in system if each.text):
        written.append({"role": "system", "content": _content(texts)})
    for role, together in groupby(given, key=lambda message: message.role):
        content = tuple(part for message in together for part in message.content)
        written += _from_user(content) if role is Role.USER else _from_assistant(content)
    return written


def call_id(given: str) -> str:
    """`given` if the API accepts it, else one that follows from it: calls and their results still match."""
    return given if len(given) <= LONGEST_ID else f"call_{hashlib.sha256(given.encode()).hexdigest()[:32]}"


def _from_user(content: tuple[Part, ...]) -> Iterator[Written]:
    """Results have to follow their calls at once, so they come first; media in them can only follow in a message."""
    said: list[Part] = []
    for part in content:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_call_id": call_id(part.id), "content": _result(part)}
            said += (each for each in part.content if isinstance(each, Media))
    said += (part for part in content if not isinstance(part, ToolResult))
    if said:
        yield {"role": "user", "content": _content(said)}


def _result(result: ToolResult) -> str | list[Written]:
    texts = [each for each in result.content if isinstance(each, Text)]
    if not result.is_error:
        return _content(texts) if texts else ""
    return error_told("".join(each.text for each in texts))


def error_told(text: str) -> str:
    """What a tool said when it failed. OpenAI's wires have no mark for that, so the text says it."""
    return text if text.lower().startswith("error") else f"Error: {text}"


def _from_assistant(content: tuple[Part, ...]) -> Iterator[Written]:
    """One message has one place for each kind of part."""
    written: Written = {"role": "assistant"}
    calls: list[Written] = []
    for part in content:
        if isinstance(part, ToolCall):
            calls.append(_call(part))
        elif isinstance(part, Media | ToolResult):
            kind = part.kind if isinstance(part, Media) else "A tool result"
            raise UnsupportedParameter(kind, "its assistant messages hold none")
        elif (member := _member(part)) and part.text:
            written[member] = written.get(member, "") + part.text
    if calls:
        written["tool_calls"] = calls
    if len(written) > 1:
        yield written


def _member(part: Text | Refusal | Thinking) -> str:
    """Where a text stands. Thoughts signed or sealed elsewhere mean nothing to a server of this wire."""
    if isinstance(part, Text):
        return "content"
    if isinstance(part, Refusal):
        return "refusal"
    return "" if part.signature or part.sealed else "reasoning_content"


def _call(call: ToolCall) -> Written:
    if call.free_text:
        return {"id": call_id(call.id), "type": KIND, KIND: {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call_id(call.id), "type": "function", "function": function}


def _content(parts: list[Part] | list[Text] | tuple[Text, ...]) -> str | list[Written]:
    """A string where one text is all, which every server understands."""
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_part(each) for each in parts]


def _part(part: Part) -> Written:
    if isinstance(part, Text | Refusal):
        return {"type": "text", "text": part.text}
    if isinstance(part, Media):
        return media(part)
    raise UnsupportedParameter(type(part).__name__, "its user messages hold none")


def media(part: Media) -> Written:
    """An image, a sound or a file. Raises UnsupportedParameter."""
    if part.kind == "image" or (part.kind == "file" and part.type.startswith("image/")):
        image = {"url": part.url or data_urls.written(part.type or "image/png", part.data)}
        return {"type": "image_url", "image_url": {**image, "detail": part.detail} if part.detail else image}
    if part.url:
        raise UnsupportedParameter(part.kind, "it takes no addresses but those of images. Send the bytes.")
    if part.kind == "audio":
        if part.type not in FORMATS:
            raise UnsupportedParameter(part.kind, f"it takes none of the media type {part.type[:80]!r}")
        return {"type": "input_audio", "input_audio": {"data": part.data, "format": FORMATS[part.type]}}
    if part.kind != "file":
        raise UnsupportedParameter(part.kind)
    if part.text:
        return {"type": "text", "text": f"{part.name}\n\n{part.text}" if part.name else part.text}
    url = data_urls.written(part.type or "application/pdf", part.data)
    return {"type": "file", "file": {"filename": part.name or "document", "file_data": url}}
