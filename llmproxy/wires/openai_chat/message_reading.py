"""A client's messages and their parts."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from llmproxy.wires import data_urls
from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.openai_chat import custom_tools, reasoning

Object = Mapping[str, Any]
SYSTEM = frozenset({"system", "developer"})
SOUNDS = {"wav": "audio/wav", "mp3": "audio/mpeg"}
ROLES = "system, developer, user, assistant or tool"
USER_KINDS = frozenset({"text", "image_url", "input_audio", "file", "video_url"})
ASSISTANT_KINDS = frozenset({"text", "refusal"})
TEXT_KINDS = frozenset({"text"})
Conversation = tuple[tuple[Text, ...], tuple[Message, ...]]


def conversation(body: Object) -> Conversation:
    """The system prompt, wherever its messages stand, and the other messages.

    Raises:
        BadRequest: they are none of this wire.
        UnsupportedParameter: no other wire can say what they say.
    """
    if body.get("messages") is None:
        raise reading.wrong("", "messages", "a list")
    system: list[Text] = []
    messages: list[Message] = []
    for at, message in reading.objects(body, "messages"):
        role = reading.optional_text(message, "role", at)
        if role in SYSTEM:
            system += (part for part in _content(message, at, TEXT_KINDS) if isinstance(part, Text))
        else:
            messages.append(_message(message, role, at))
    return tuple(system), tuple(messages)


def names_are_said(body: Object) -> bool:
    """Whether a message names its author, for which other wires have no place."""
    messages = body.get("messages")
    given = messages if isinstance(messages, list) else []
    return any(each.get("name") for each in given if isinstance(each, Mapping))


def _message(message: Object, role: str, at: str) -> Message:
    if role == "user":
        return Message(Role.USER, tuple(_content(message, at, USER_KINDS)))
    if role == "assistant":
        return Message(Role.ASSISTANT, tuple(_said(message, at)))
    if role == "tool":
        told = tuple(part for part in _content(message, at, USER_KINDS) if isinstance(part, Text | Media))
        return Message(Role.USER, (ToolResult(reading.text(message, "tool_call_id", at), content=told),))
    if role == "function":
        raise UnsupportedParameter(f"{at}.role", "function was replaced by tool")
    raise BadRequest(f"{at}.role must be {ROLES}.", f"{at}.role")


def _said(message: Object, at: str) -> Iterator[Part]:
    """What the assistant said before."""
    for name in ("function_call", "audio"):
        if message.get(name) is not None:
            raise UnsupportedParameter(f"{at}.{name}")
    yield from reasoning.read(message)
    yield from _content(message, at, ASSISTANT_KINDS)
    if refusal := reading.optional_text(message, "refusal", at):
        yield Refusal(refusal)
    for here, call in reading.objects(message, "tool_calls", at):
        yield _call(call, here)


def _call(call: Object, at: str) -> ToolCall:
    if (custom := reading.mapping(call, custom_tools.KIND, at)) is not None:
        name, said = (
            reading.text(custom, "name", f"{at}.custom"),
            reading.optional_text(custom, "input", f"{at}.custom"),
        )
        return ToolCall(reading.text(call, "id", at), name, said, free_text=True)
    function = reading.mapping(call, "function", at)
    if function is None:
        raise UnsupportedParameter(f"{at}.type", "only functions and custom tools are called")
    arguments = reading.optional_text(function, "arguments", f"{at}.function")
    return ToolCall(reading.text(call, "id", at), reading.text(function, "name", f"{at}.function"), arguments)


def _content(message: Object, at: str, kinds: frozenset[str]) -> Iterator[Part]:
    content = message.get("content")
    if isinstance(content, str):
        if content:
            yield Text(content)
        return
    for here, part in reading.objects(message, "content", at):
        kind = reading.text(part, "type", here)
        if kind not in kinds:
            raise UnsupportedParameter(f"{here}.type", f"{kind[:40]!r} has no place there")
        yield PARTS[kind](part, here)


def _text(part: Object, at: str) -> Text:
    return Text(reading.text(part, "text", at), cache=_cache(part, at))


def _cache(part: Object, at: str) -> str:
    """OpenAI marks where a kept beginning ends; followers that serve Claude take Anthropic's mark."""
    if (control := reading.mapping(part, "cache_control", at)) is not None:
        return reading.optional_text(control, "ttl", f"{at}.cache_control") or "5m"
    return "5m" if part.get("prompt_cache_breakpoint") is not None else ""


def _refusal(part: Object, at: str) -> Refusal:
    return Refusal(reading.text(part, "refusal", at))


def _image(part: Object, at: str) -> Media:
    given, here = _inner(part, "image_url", at), f"{at}.image_url"
    url, detail = reading.text(given, "url", here), reading.optional_text(given, "detail", here)
    return data_urls.media("image", url, detail=detail)


def _video(part: Object, at: str) -> Media:
    return data_urls.media("video", reading.text(_inner(part, "video_url", at), "url", f"{at}.video_url"))


def _sound(part: Object, at: str) -> Media:
    given, here = _inner(part, "input_audio", at), f"{at}.input_audio"
    form = reading.text(given, "format", here)
    return Media("audio", SOUNDS.get(form, f"audio/{form}"), reading.text(given, "data", here))


def _file(part: Object, at: str) -> Media:
    given, here = _inner(part, "file", at), f"{at}.file"
    if given.get("file_id") is not None:
        raise UnsupportedParameter(f"{here}.file_id", "it cannot read files that lie elsewhere. Send file_data")
    return data_urls.file(reading.text(given, "file_data", here), reading.optional_text(given, "filename", here))


def _inner(part: Object, name: str, at: str) -> Object:
    inner = reading.mapping(part, name, at)
    if inner is None:
        raise reading.wrong(at, name, "an object")
    return inner


PARTS: Mapping[str, Callable[[Object, str], Part]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "video_url": _video,
    "input_audio": _sound,
    "file": _file,
}
