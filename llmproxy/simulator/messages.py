"""The conversation: checked as OpenAI checks it, read, counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmproxy.simulator import tokens
from llmproxy.simulator.parameters import array, mapping, text
from llmproxy.simulator.refusal import Refused, missing, wrong_type, wrong_value

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
PARTS = ("text", "image_url", "input_audio", "refusal", "file")
PER_MESSAGE = 3
PER_IMAGE = {"low": 85}
PER_IMAGE_DEFAULT = 765
BYTES_PER_AUDIO_TOKEN = 1600
PER_FILE = 250


@dataclass(slots=True)
class Conversation:
    """What the answer is made from.

    Attributes:
        question: text of the last user message.
        results: what tools answered since then.
        everything: all text, for words that must occur somewhere.
    """

    question: str = ""
    results: tuple[str, ...] = ()
    everything: str = ""
    prompt_tokens: int = 0
    audio_tokens: int = 0


def conversation(value: object) -> Conversation:
    """Read `messages`. Raises Refused."""
    read = Conversation(prompt_tokens=PER_MESSAGE)
    texts: list[str] = []
    open_calls: set[str] = set()
    for index, entry in enumerate(array(value, "messages")):
        path = f"messages[{index}]"
        message = mapping(entry, path)
        role = _role(message, path)
        _follow_calls(message, role, open_calls, index)
        said = _content(message, role, path, read)
        texts.append(said)
        read.prompt_tokens += PER_MESSAGE + 1 + tokens.count(said)
        if role == "user":
            read.question, read.results = said, ()
        elif role == "tool":
            read.results = (*read.results, said)
        else:
            read.results = ()
    read.everything = "\n".join(texts)
    return read


def _role(message: Mapping[str, Any], path: str) -> str:
    role = text(message, "role", f"{path}.")
    if role not in ROLES:
        raise wrong_value(f"{path}.role", role, ROLES)
    return role


def _follow_calls(message: Mapping[str, Any], role: str, open_calls: set[str], index: int) -> None:
    """A tool's answer belongs to a call, and every call is answered before anything else is said."""
    if role == "tool":
        call_id = text(message, "tool_call_id", f"messages[{index}].")
        if call_id not in open_calls:
            raise Refused(
                "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with "
                "'tool_calls'.",
                param=f"messages.[{index}].role",
            )
        open_calls.discard(call_id)
    elif open_calls:
        unanswered = ", ".join(sorted(open_calls))
        raise Refused(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {unanswered}",
            param=f"messages.[{index}].role",
        )
    if role == "assistant" and message.get("tool_calls") is not None:
        for number, call in enumerate(array(message["tool_calls"], f"messages[{index}].tool_calls")):
            path = f"messages[{index}].tool_calls[{number}]"
            open_calls.add(text(mapping(call, path), "id", f"{path}."))


def _content(message: Mapping[str, Any], role: str, path: str, read: Conversation) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    if content is None:
        if role != "assistant":
            raise (
                missing(f"{path}.content")
                if "content" not in message
                else wrong_type(f"{path}.content", "one of a string or array of objects", content)
            )
        return ""
    if not isinstance(content, list):
        raise wrong_type(f"{path}.content", "one of a string or array of objects", content)
    said = [_part(part, f"{path}.content[{number}]", read) for number, part in enumerate(content)]
    return "\n".join(filter(None, said))


def _part(value: object, path: str, read: Conversation) -> str:
    part = mapping(value, path)
    kind = text(part, "type", f"{path}.")
    if kind not in PARTS:
        raise wrong_value(f"{path}.type", kind, PARTS)
    if kind in ("text", "refusal"):
        return text(part, kind, f"{path}.")
    holder = mapping(part.get(kind), f"{path}.{kind}")
    if kind == "image_url":
        text(holder, "url", f"{path}.image_url.")
        read.prompt_tokens += PER_IMAGE.get(str(holder.get("detail")), PER_IMAGE_DEFAULT)
    elif kind == "input_audio":
        heard = len(text(holder, "data", f"{path}.input_audio.")) // BYTES_PER_AUDIO_TOKEN + 1
        read.audio_tokens += heard
        read.prompt_tokens += heard
    else:
        read.prompt_tokens += PER_FILE
    return ""
