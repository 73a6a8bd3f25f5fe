"""A client's contents and parts."""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from llmproxy.wires import data_urls
from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Media, Message, Part, Role, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.gemini_generate.call_ids import made
from llmproxy.wires.gemini_generate.names import camel, listed

Object = Mapping[str, Any]
ROLES = {"": Role.USER, "user": Role.USER, "function": Role.USER, "model": Role.ASSISTANT}
KINDS = frozenset({"text", "inlineData", "fileData", "functionCall", "functionResponse"})
BESIDE = frozenset({"thought", "thoughtSignature", "mediaResolution", "partMetadata"})


class ContentReader:
    """Reads the contents of one request. Calls without ids are matched with their responses by name and order."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[str]] = defaultdict(deque)
        self._calls = 0

    def messages(self, body: Object) -> tuple[Message, ...]:
        """All contents. Raises BadRequest, UnsupportedParameter."""
        return tuple(
            self._message(at, camel(content)) for at, content in reading.objects(listed(body, "contents"), "contents")
        )

    def _message(self, at: str, content: Object) -> Message:
        role = reading.optional_text(content, "role", at)
        if role not in ROLES:
            raise BadRequest(f"{at}.role must be user or model.", f"{at}.role")
        given = reading.objects(listed(content, "parts"), "parts", at)
        parts = [part for here, each in given for part in self._part(here, camel(each))]
        return Message(ROLES[role], tuple(parts))

    def _part(self, at: str, part: Object) -> Iterator[Part]:
        given = [name for name in part if name not in BESIDE and part[name] is not None]
        if unknown := [name for name in given if name not in KINDS]:
            raise UnsupportedParameter(f"{at}.{unknown[0]}")
        signature = reading.optional_text(part, "thoughtSignature", at)
        if "text" in given:
            yield _said(reading.text(part, "text", at), reading.boolean(part, "thought", at) is True, signature)
        elif (blob := reading.mapping(part, "inlineData", at)) is not None:
            yield inline(camel(blob), f"{at}.inlineData")
        elif (file := reading.mapping(part, "fileData", at)) is not None:
            yield _file(camel(file), f"{at}.fileData")
        elif (call := reading.mapping(part, "functionCall", at)) is not None:
            yield self._call(camel(call), f"{at}.functionCall", signature)
        elif (response := reading.mapping(part, "functionResponse", at)) is not None:
            yield self._response(camel(response), f"{at}.functionResponse")
        elif signature:
            yield Thinking(sealed=signature)

    def _call(self, call: Object, at: str, signature: str) -> ToolCall:
        name = reading.text(call, "name", at)
        arguments = orjson.dumps(reading.mapping(call, "args", at) or {}).decode()
        self._calls += 1
        call_id = reading.optional_text(call, "id", at) or made("", self._calls, name, arguments)
        self._waiting[name].append(call_id)
        return ToolCall(call_id, name, arguments, signature)

    def _response(self, response: Object, at: str) -> ToolResult:
        name = reading.text(response, "name", at)
        waiting = self._waiting[name]
        call_id = reading.optional_text(response, "id", at)
        if call_id in waiting:
            waiting.remove(call_id)
        elif not call_id:
            if not waiting:
                raise BadRequest(f"{at} answers no call of the function {name[:80]!r}.", at)
            call_id = waiting.popleft()
        told = reading.mapping(response, "response", at) or {}
        files = tuple(_response_file(camel(each), here) for here, each in reading.objects(response, "parts", at))
        return ToolResult(call_id, name, (*_told(told), *files), is_error=told.keys() == {"error"})


def system_texts(body: Object) -> tuple[Text, ...]:
    """The system instruction, which is a content of texts. Raises BadRequest."""
    given = body.get("systemInstruction")
    if given is None:
        return ()
    if isinstance(given, str):
        return (Text(given),)
    content = reading.mapping(body, "systemInstruction") or {}
    parts = reading.objects(listed(content, "parts"), "parts", "systemInstruction")
    return tuple(Text(reading.text(part, "text", at)) for at, part in parts)


def _said(text: str, thought: bool, signature: str) -> Part:
    if not thought:
        return Text(text, signature=signature)
    return Thinking(text, signature) if text else Thinking(sealed=signature)


def inline(blob: Object, at: str) -> Media:
    """Bytes within the request."""
    kind = reading.text(blob, "mimeType", at)
    name = reading.optional_text(blob, "displayName")
    return data_urls.inline(media_kind(kind), kind, reading.text(blob, "data", at), name=name)


def _file(file: Object, at: str) -> Media:
    kind = reading.optional_text(file, "mimeType", at)
    url = reading.text(file, "fileUri", at)
    return Media(media_kind(kind), kind, url=url, name=reading.optional_text(file, "displayName", at))


def _response_file(part: Object, at: str) -> Media:
    blob = reading.mapping(part, "inlineData", at)
    if blob is None:
        raise UnsupportedParameter(at)
    return inline(camel(blob), f"{at}.inlineData")


def media_kind(media_type: str) -> str:
    """What a media type is to us."""
    major = media_type.partition("/")[0].lower()
    return major if major in ("image", "audio", "video") else "file"


def _told(response: Object) -> tuple[Text, ...]:
    """The function's answer as text: what stands under one of the names that the API documents, else all of it."""
    if len(response) == 1:
        ((name, value),) = response.items()
        if name in ("output", "result", "error"):
            return (Text(value if isinstance(value, str) else orjson.dumps(value).decode()),)
    return (Text(orjson.dumps(response).decode()),) if response else ()
