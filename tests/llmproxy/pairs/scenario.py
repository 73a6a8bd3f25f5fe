"""What is asked and answered, in no wire's words."""

from dataclasses import dataclass, field
from typing import Any

PNG = "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
TOOL_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@dataclass(frozen=True)
class CallTold:
    """Attributes: arguments: a text where the tool takes free text, which only OpenAI's wires have."""

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """An answer. Attributes: finish: "stop", "length" or "tools". usage: tokens in and out."""

    text: str = ""
    calls: tuple[CallTold, ...] = ()
    finish: str = "stop"
    usage: tuple[int, int] = (11, 7)


@dataclass(frozen=True)
class Asked:
    """What a request says: what the client means, and what the provider hears.

    Attributes:
        images: base64. called, result: a call of the tool in the conversation so far, and what came of it.
    """

    text: str = "hi"
    system: str = ""
    images: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    called: CallTold | None = None
    result: str = ""
    schema: dict[str, Any] | None = None
    max_tokens: int = 50
    temperature: float | None = None


@dataclass(frozen=True)
class Scenario:
    asked: Asked
    outcome: Outcome


WEATHER = CallTold("weather", {"city": "Köln"})
SCENARIOS = {
    "text": Scenario(Asked(system="be brief", temperature=0.5), Outcome("Grüße, 世界 \\ \"quoted\"\n")),
    "image": Scenario(Asked(images=(PNG,)), Outcome("a dot")),
    "tool call": Scenario(Asked(tools=("weather",)), Outcome("let me look", (WEATHER,), "tools")),
    "two calls": Scenario(
        Asked(tools=("weather", "time")), Outcome("", (WEATHER, CallTold("time", {"zone": "CET"})), "tools")
    ),
    "tool result": Scenario(Asked(tools=("weather",), called=WEATHER, result="sunny"), Outcome("it is sunny")),
    "structured": Scenario(Asked(schema=SCHEMA), Outcome('{"a":1}')),
    "cut": Scenario(Asked(max_tokens=3), Outcome("one two", (), "length")),
}  # fmt: skip


def pieces(text: str, size: int = 4) -> list[str]:
    """A text as it is streamed."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def first(parts: list[dict[str, Any]], name: str) -> Any:
    """What stands under `name` in the first part that has it."""
    return next((part[name] for part in parts if name in part), None)


def sse_events(raw: bytes) -> list[tuple[str, str]]:
    """Name and data of each event; comments are none."""
    found = []
    for block in raw.replace(b"\r\n", b"\n").decode().split("\n\n"):
        lines = [line.partition(":") for line in block.split("\n") if line and not line.startswith(":")]
        values = {name: value.removeprefix(" ") for name, _, value in lines}
        if "data" in values:
            found.append((values.get("event", ""), values["data"]))
    return found
