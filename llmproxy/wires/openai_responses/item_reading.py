"""A client's input items."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from llmproxy.wires import data_urls
from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.openai_responses import proofs
from llmproxy.wires.openai_responses.namespaces import flat

Object = Mapping[str, Any]
SOUNDS = {"wav": "audio/wav", "mp3": "audio/mpeg"}
SYSTEM = frozenset({"system", "developer"})
ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}
OUTPUTS = frozenset({"function_call_output", "custom_tool_call_output"})
ELSEWHERE = "it cannot read what lies with OpenAI"
Conversation = tuple[tuple[Text, ...], tuple[Message, ...]]


class ItemReader:
    """Reads the input of one request. Items of one role that follow each other are one message."""

    def __init__(self) -> None:
        self._system: list[Text] = []
        self._messages: list[tuple[Role, list[Part]]] = []

    def conversation(self, body: Object) -> Conversation:
        """The system prompt and the messages.

        Raises:
            BadRequest: they are none of this wire.
            UnsupportedParameter: no other wire can say what they say.
        """
        if instructions := reading.optional_text(body, "instructions"):
            self._system.append(Text(instructions))
        given = body.get("input")
        if isinstance(given, str):
            self._add(Role.USER, Text(given))
        elif given is None:
            raise reading.wrong("", "input", "a string or a list")
        else:
            for at, item in reading.objects(body, "input"):
                self._item(item, at)
        return tuple(self._system), tuple(Message(role, tuple(parts)) for role, parts in self._messages)

    def _add(self, role: Role, *parts: Part) -> None:
        if not self._messages or self._messages[-1][0] is not role:
            self._messages.append((role, []))
        self._messages[-1][1].extend(parts)

    def _item(self, item: Object, at: str) -> None:
        kind = reading.optional_text(item, "type", at) or ("message" if "role" in item else "item_reference")
        if kind == "message":
            self._message(item, at)
        elif kind == "function_call":
            self._add(Role.ASSISTANT, _call(item, at))
        elif kind == "custom_tool_call":
            self._add(Role.ASSISTANT, _custom_call(item, at))
        elif kind in OUTPUTS:
            self._add(Role.USER, _result(item, at))
        elif kind == "reasoning":
            self._add(Role.ASSISTANT, *_thoughts(item, at))
        elif kind == "item_reference":
            raise UnsupportedParameter(f"{at}.id", f"{ELSEWHERE}. Send the item")
        else:
            raise UnsupportedParameter(f"{at}.type", f"it knows no {kind[:40]!r}")

    def _message(self, item: Object, at: str) -> None:
        role = reading.text(item, "role", at)
        parts = tuple(content(item, "content", at))
        if role in SYSTEM:
            if not all(isinstance(part, Text) for part in parts):
                raise UnsupportedParameter(f"{at}.content", "instructions are text")
            self._system += (part for part in parts if isinstance(part, Text))
        elif role in ROLES:
            self._add(ROLES[role], *parts)
        else:
            raise BadRequest(f"{at}.role must be user, assistant, system or developer.", f"{at}.role")


def phases_are_said(body: Object) -> bool:
    """Whether items say of which phase of an answer they are, for which other wires have no place."""
    items = body.get("input")
    given = items if isinstance(items, list) else []
    return any(each.get("phase") for each in given if isinstance(each, Mapping))


def content(holder: Object, name: str, at: str) -> Iterator[Part]:
    """A string or a list of parts."""
    given = holder.get(name)
    if isinstance(given, str):
        if given:
            yield Text(given)
        return
    if given is None:
        raise reading.wrong(at, name, "a string or a list")
    for here, part in reading.objects(holder, name, at):
        kind = reading.text(part, "type", here)
        if kind not in PARTS:
            raise UnsupportedParameter(f"{here}.type", f"it knows no {kind[:40]!r}")
        yield PARTS[kind](part, here)


def _call(item: Object, at: str) -> ToolCall:
    name = flat(reading.optional_text(item, "namespace", at), reading.text(item, "name", at))
    return ToolCall(reading.text(item, "call_id", at), name, reading.optional_text(item, "arguments", at))


def _custom_call(item: Object, at: str) -> ToolCall:
    name = flat(reading.optional_text(item, "namespace", at), reading.text(item, "name", at))
    text = reading.optional_text(item, "input", at)
    return ToolCall(reading.text(item, "call_id", at), name, text, free_text=True)


def _result(item: Object, at: str) -> ToolResult:
    told = tuple(part for part in content(item, "output", at) if isinstance(part, Text | Media))
    return ToolResult(reading.text(item, "call_id", at), content=told)


def _thoughts(item: Object, at: str) -> tuple[Part, ...]:
    said = [reading.text(each, "text", here) for here, each in reading.objects(item, "summary", at)]
    if not said:
        said = [reading.text(each, "text", here) for here, each in reading.objects(item, "content", at)]
    proof = reading.optional_text(item, "encrypted_content", at)
    return proofs.read("\n\n".join(said), proof, reading.optional_text(item, "id", at))


def _text(part: Object, at: str) -> Text:
    cache = "5m" if part.get("prompt_cache_breakpoint") is not None else ""
    return Text(reading.text(part, "text", at), cache=cache)


def _refusal(part: Object, at: str) -> Refusal:
    return Refusal(reading.text(part, "refusal", at))


def _image(part: Object, at: str) -> Media:
    _refuse_stored(part, at)
    detail = reading.optional_text(part, "detail", at)
    return data_urls.media("image", reading.text(part, "image_url", at), detail="" if detail == "auto" else detail)


def _file(part: Object, at: str) -> Media:
    _refuse_stored(part, at)
    name = reading.optional_text(part, "filename", at)
    if url := reading.optional_text(part, "file_url", at):
        return Media("file", url=url, name=name)
    return data_urls.file(reading.text(part, "file_data", at), name)


def _sound(part: Object, at: str) -> Media:
    given, here = reading.mapping(part, "input_audio", at) or {}, f"{at}.input_audio"
    form = reading.text(given, "format", here)
    return Media("audio", SOUNDS.get(form, f"audio/{form}"), reading.text(given, "data", here))


def _refuse_stored(part: Object, at: str) -> None:
    if part.get("file_id") is not None:
        raise UnsupportedParameter(f"{at}.file_id", f"{ELSEWHERE}. Send the bytes")


PARTS: Mapping[str, Callable[[Object, str], Part]] = {
    "input_text": _text,
    "output_text": _text,
    "text": _text,
    "refusal": _refusal,
    "input_image": _image,
    "input_file": _file,
    "input_audio": _sound,
}
