"""What the model thought, as servers of this wire say it: OpenAI itself does not.

`reasoning_content` is DeepSeek's and most servers' name, `reasoning` that of vLLM and OpenRouter. Thoughts that have to
go back unchanged stand in `reasoning_details`: https://openrouter.ai/docs/use-cases/reasoning-tokens
"""

from collections.abc import Iterator, Mapping
from typing import Any

from llmproxy.wires.canonical.content import Thinking

Object = Mapping[str, Any]
TEXT, SUMMARY, SEALED = "reasoning.text", "reasoning.summary", "reasoning.encrypted"


def read(message: Object) -> Iterator[Thinking]:
    """The thoughts of a message. What is no text is passed over: these members are nobody's standard."""
    details = message.get("reasoning_details")
    known = [each for each in details if isinstance(each, Mapping)] if isinstance(details, list) else []
    if known:
        yield from (_detail(each) for each in known if each.get("type") in (TEXT, SUMMARY, SEALED))
    elif said := said_in(message):
        yield Thinking(said)


def said_in(holder: Object) -> str:
    """The text of a thought, in a message or a delta; empty where there is none."""
    said = holder.get("reasoning_content") or holder.get("reasoning")
    return said if isinstance(said, str) else ""


def written(thoughts: list[Thinking]) -> dict[str, Any]:
    """The members of a message that say its thoughts."""
    message: dict[str, Any] = {}
    if said := "".join(each.text for each in thoughts):
        message["reasoning_content"] = said
    if any(each.signature or each.sealed for each in thoughts):
        message["reasoning_details"] = [detail(each, place) for place, each in enumerate(thoughts)]
    return message


def detail(thought: Thinking, place: int) -> dict[str, Any]:
    """One thought with its proof."""
    made: dict[str, Any] = {"type": SEALED if thought.sealed else TEXT, "index": place}
    if thought.id:
        made["id"] = thought.id
    if thought.sealed:
        return {**made, "data": thought.sealed, **({"text": thought.text} if thought.text else {})}
    made["text"] = thought.text
    return {**made, "signature": thought.signature} if thought.signature else made


def _detail(given: Object) -> Thinking:
    text = _string(given, "text") or _string(given, "summary")
    return Thinking(text, _string(given, "signature"), _string(given, "data"), _string(given, "id"))


def _string(holder: Object, name: str) -> str:
    value = holder.get(name)
    return value if isinstance(value, str) else ""
