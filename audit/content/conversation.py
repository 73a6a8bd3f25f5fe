"""Kept bodies as messages to be read: by the form of the JSON, whichever wire it came by; else as the text it is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

LONGEST_TEXT = 200_000
# Where the known wires put text, most telling first.
TEXTS = (
    "text",
    "content",
    "parts",
    "refusal",
    "thinking",
    "transcript",
    "input_text",
    "output_text",
    "arguments",
    "output",
)
NAMED = ("system", "instructions", "systemInstruction", "system_instruction")


class Message(NamedTuple):
    """Who said what. `text` is shown as text, whatever it holds."""

    role: str
    text: str


def messages(body: bytes) -> list[Message]:
    """The messages of a request or of an answer, in order."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return [Message("", _plain(body))]
    if not isinstance(parsed, dict):
        return [Message("", _plain(body))]
    found = [message for message in _messages(parsed) if message.text.strip()]
    return found or [Message("", _plain(body))]


def _messages(body: Mapping[str, Any]) -> Iterator[Message]:
    yield from _asked(body)
    yield from _answered(body)
    if isinstance(body.get("form"), dict):
        yield from (Message(str(name), str(value)) for name, value in body["form"].items())
    if body.get("error"):
        yield Message("error", spoken(body["error"]))


def _asked(body: Mapping[str, Any]) -> Iterator[Message]:
    for name in NAMED:
        if body.get(name):
            yield Message("system", spoken(body[name]))
    for name, role in (("messages", ""), ("contents", "user"), ("input", "user"), ("prompt", "user")):
        yield from _turns(body.get(name), role)


def _answered(body: Mapping[str, Any]) -> Iterator[Message]:
    for choice in _objects(body.get("choices")):
        yield _turn(choice.get("message") or choice, "assistant")
    for candidate in _objects(body.get("candidates")):
        yield _turn(candidate.get("content") or candidate, "model")
    yield from _turns(body.get("output"), "assistant")
    if body.get("type") == "message" and "content" in body:
        yield _turn(body, "assistant")
    if body.get("streamed") is True and isinstance(body.get("text"), dict):
        yield from (Message(f"assistant: {channel}", str(text)) for channel, text in body["text"].items())


def _turns(value: Any, role: str) -> Iterator[Message]:
    if isinstance(value, str):
        yield Message(role, value[:LONGEST_TEXT])
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield from (Message(role, str(item)[:LONGEST_TEXT]) for item in value)
    else:
        yield from (_turn(item, role) for item in _objects(value))


def _turn(value: Any, role: str) -> Message:
    if not isinstance(value, dict):
        return Message(role, spoken(value))
    parts = [spoken(value[name]) for name in ("reasoning_content", *TEXTS) if value.get(name)]
    calls = [f"calls {spoken(call)}" for call in _objects(value.get("tool_calls"))]
    text = "\n".join([*parts, *calls]) or _laid_out(value)
    return Message(str(value.get("role") or value.get("type") or role), text[:LONGEST_TEXT])


def spoken(value: Any, depth: int = 0) -> str:
    """What of a part of a message is to be read; a part that is no text is named or laid out."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < 10:
        return "\n".join(spoken(item, depth + 1) for item in value)
    if isinstance(value, dict) and depth < 10:
        if isinstance(value.get("function"), dict):
            return f"{value['function'].get('name', '')} {spoken(value['function'].get('arguments', ''), depth + 1)}"
        if str(value.get("type", "")).endswith("image_url") or "inlineData" in value or "source" in value:
            return f"[{value.get('type') or 'attached data'}]"
        found = next((value[name] for name in TEXTS if value.get(name)), None)
        return _laid_out(value) if found is None else spoken(found, depth + 1)
    return _laid_out(value)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _laid_out(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:LONGEST_TEXT]


def _plain(body: bytes) -> str:
    try:
        return body.decode()[:LONGEST_TEXT]
    except UnicodeDecodeError:
        return f"[{len(body):,} bytes that are no text]"
