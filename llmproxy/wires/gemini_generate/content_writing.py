"""Messages as Gemini's contents."""

import base64
import mimetypes
from typing import Any

import orjson

from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest
from llmproxy.wires.gemini_generate.call_ids import unpacked

Written = dict[str, Any]


class ContentWriter:
    """Writes the contents of one request. Responses need the name of the call that they answer."""

    def __init__(self, messages: tuple[Message, ...]) -> None:
        self._messages = messages
        calls = [part for each in messages for part in each.content if isinstance(part, ToolCall)]
        self._names = {call.id: call.name for call in calls}

    def contents(self) -> list[Written]:
        """All of them; those of one role that follow each other become one.

        Raises:
            BadRequest: arguments of a call are not JSON, or a result answers no call.
        """
        written: list[Written] = []
        for message in self._messages:
            role = "model" if message.role is Role.ASSISTANT else "user"
            parts = [part for each in message.content if (part := self._part(each)) is not None]
            if written and written[-1]["role"] == role:
                written[-1]["parts"] += parts
            elif parts:
                written.append({"role": role, "parts": parts})
        return written

    def _part(self, part: Part) -> Written | None:
        if isinstance(part, Text):
            return signed({"text": part.text}, part.signature) if part.text or part.signature else None
        if isinstance(part, Refusal):
            return {"text": part.text}
        if isinstance(part, Thinking):
            return _thought(part)
        if isinstance(part, Media):
            return media(part)
        return self._call(part) if isinstance(part, ToolCall) else self._response(part)

    def _call(self, call: ToolCall) -> Written:
        own, signature = unpacked(call.id)
        function: Written = {"name": call.name, "args": arguments(call, BadRequest)}
        if own:
            function["id"] = own
        return signed({"functionCall": function}, call.signature or signature)

    def _response(self, result: ToolResult) -> Written:
        name = result.name or self._names.get(result.id)
        if name is None:
            raise BadRequest(f"The tool result {result.id[:80]!r} answers no call.")
        own, _ = unpacked(result.id)
        function: Written = {"name": name, "response": _told(result)}
        if own:
            function["id"] = own
        if files := [media(each) for each in result.content if isinstance(each, Media)]:
            function["parts"] = files
        return {"functionResponse": function}


def arguments(call: ToolCall, error: type[Exception]) -> Written:
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


def signed(part: Written, signature: str) -> Written:
    """`part` with its signature, if there is one."""
    return {**part, "thoughtSignature": signature} if signature else part


def _thought(part: Thinking) -> Written | None:
    """Only what was signed: thoughts of other models mean nothing to the provider."""
    if part.sealed:
        return signed({"text": "", "thought": True}, part.sealed)
    return signed({"text": part.text, "thought": True}, part.signature) if part.signature else None


def media(part: Media) -> Written:
    """Bytes within the request, or an address."""
    if part.url:
        kind = part.type or mimetypes.guess_type(part.url.partition("?")[0])[0]
        return {"fileData": {"fileUri": part.url, **({"mimeType": kind} if kind else {})}}
    data = part.data or base64.b64encode(part.text.encode()).decode()
    return {"inlineData": {"mimeType": part.type or "text/plain", "data": data}}


def _told(result: ToolResult) -> Written:
    """The function's answer: an object as it is, anything else under the name that the API documents for it."""
    text = "".join(each.text for each in result.content if isinstance(each, Text))
    if result.is_error:
        return {"error": text}
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"output": text}
    return value if isinstance(value, dict) else {"output": text}
