"""A streamed answer as the text that it carried: a secret cut into tokens could not be found in the stream itself."""

import json
from typing import Any

import orjson

MOST_OTHERS = 50
CHANNELS = ("content", "text", "reasoning_content", "thinking", "partial_json", "refusal", "transcript")


def gathered(stream: bytes) -> bytes:
    """A JSON object: `text` by channel, in the order in which the pieces came, and the events that were no pieces."""
    channels: dict[str, list[str]] = {}
    others: list[Any] = []
    for event in _events(stream):
        if not _taken(event, channels) and len(others) < MOST_OTHERS:
            others.append(event)
    text = {name: "".join(pieces) for name, pieces in channels.items()}
    return orjson.dumps({"streamed": True, "text": text, "events": others})


def _events(stream: bytes) -> list[Any]:
    found = []
    for line in stream.decode("utf-8", "replace").splitlines():
        data = line.removeprefix("data:").strip() if line.startswith("data:") else line.strip().strip("[],")
        if data.startswith("{"):
            try:
                found.append(json.loads(data))
            except ValueError:
                found.append(data)
    return found


def _taken(event: Any, channels: dict[str, list[str]]) -> bool:
    """Whether the event was a piece of text, which is then in its channel."""
    if not isinstance(event, dict):
        return False
    if isinstance(event.get("delta"), str):  # OpenAI Responses: the type names the channel
        name = str(event.get("type", "")).removeprefix("response.").removesuffix(".delta")
        channels.setdefault(_channel(name or "text", event), []).append(event["delta"])
        return True
    pieces = [piece for part in _parts(event) for piece in _pieces(part)]
    for name, text in pieces:
        channels.setdefault(name, []).append(text)
    return bool(pieces)


def _parts(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the known wires put a piece: choices[].delta, delta, candidates[].content.parts[]."""
    found: list[Any] = [event.get("delta")]
    found += [choice.get("delta") or choice for choice in _objects(event.get("choices"))]
    for candidate in _objects(event.get("candidates")):
        content = candidate.get("content")
        found += _objects(content.get("parts")) if isinstance(content, dict) else []
    return [part for part in found if isinstance(part, dict)]


def _pieces(part: dict[str, Any]) -> list[tuple[str, str]]:
    found = [(name, part[name]) for name in CHANNELS if isinstance(part.get(name), str) and part[name]]
    for call in _objects(part.get("tool_calls")):
        function = call.get("function")
        if isinstance(function, dict):
            text = f"{function.get('name') or ''}{function.get('arguments') or ''}"
            found.append((_channel("tool_call", call), text))
    return found


def _channel(name: str, event: dict[str, Any]) -> str:
    number = event.get("index", event.get("output_index"))
    return f"{name} {number}" if isinstance(number, int) and number else name


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
