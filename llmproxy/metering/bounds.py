"""How much a call may use at most, before it is made. Never too little; a closer look costs more time."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from llmproxy.counting import count_messages, count_text

# Around tools providers add instructions of their own (Anthropic: up to 530 tokens).
FOR_TOOLS: Final = 600
FOR_MESSAGES: Final = 16
# An image of unknown size, a page of a file, some seconds of sound.
PER_PART: Final = 2500
CLOSE_LOOK_BYTES: Final = 1024
# What makes the body's length say little about its tokens: contents that are encoded, or elsewhere.
NO_TEXT: Final = (b"image", b"input_audio", b'"file', b"inlineData", b"fileData", b"document", b"base64")


class Bounds(NamedTuple):
    """Tokens: all input, output of each choice, choices.

    Attributes:
        close: the input was counted; otherwise it follows from the length.
    """

    input: int
    output: int
    choices: int = 1
    close: bool = False

    @property
    def total(self) -> int:
        """Input and all output."""
        return self.input + self.output * self.choices


def rough(raw: bytes, body: Mapping[str, Any], output: int, choices: int) -> Bounds:
    """From the length alone: no text has more tokens than bytes in any of today's encodings."""
    tokens = len(raw) + FOR_MESSAGES + (FOR_TOOLS if "tools" in body else 0)
    parts = sum(raw.count(mark) for mark in NO_TEXT) if any(mark in raw for mark in NO_TEXT) else 0
    return Bounds(tokens + parts * PER_PART, output, choices)


def close(model: str, body: Mapping[str, Any], before: Bounds) -> Bounds:
    """By counting, with a margin for what the provider puts around it. Milliseconds: not for every call.

    Args:
        model: the provider's name of it.
    """
    parts = [body.get(name) for name in ("messages", "input", "system", "instructions", "contents", "prompt")]
    messages: list[Any] = []
    for part in parts:
        messages += part if isinstance(part, list) else [] if part is None else [{"content": part}]
    tools = body.get("tools")
    counted = count_messages(model, messages, tools if isinstance(tools, list) else ())
    others = 0 if counted.exact else _other_parts(messages)
    margin = FOR_MESSAGES + counted.tokens // 50 + (FOR_TOOLS if tools else 0)
    tokens = counted.tokens + margin + others * PER_PART
    return before._replace(input=min(tokens, before.input), close=True)


def estimated_tokens(model: str, text: str) -> int:
    """Of a text that was sent, where the provider reports nothing."""
    return count_text(model, text).tokens


def _other_parts(messages: list[Any]) -> int:
    found = 0
    for message in messages:
        content = message.get("content") if isinstance(message, Mapping) else None
        for part in content if isinstance(content, list) else ():
            found += not (isinstance(part, Mapping) and isinstance(part.get("text"), str))
    return found
