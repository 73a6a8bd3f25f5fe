"""A provider's whole answer, and what it shares with the stream."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from llmproxy.wires import data_urls
from llmproxy.wires.canonical.answer import Answer, Finish
from llmproxy.wires.canonical.content import Citation, Part, Refusal, Score, Text, Thinking, ToolCall, scored
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.openai_chat import custom_tools, reasoning, scores
from llmproxy.wires.openai_chat.passthrough import usage_from

Object = Mapping[str, Any]
FINISHES = {
    "length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.FILTERED,
}


def read_answer(body: Object) -> Answer:
    """The first choice.

    Raises:
        BadAnswer: it is none of this wire.
        ProviderFailed: it says that the provider failed.
    """
    raise_failure(body)
    choice = first_choice(body)
    message = choice.get("message") if choice is not None else None
    if choice is None or not isinstance(message, Mapping):
        raise BadAnswer("The provider's answer holds no choice with a message.")
    content = scored(tuple(_parts(message)), scores_of(choice), scores_of(choice, "refusal"))
    ends = finish(choice.get("finish_reason"), {type(part) for part in content})
    return Answer(string(body, "id"), string(body, "model"), content, ends, usage_from(body.get("usage")))


def scores_of(choice: Object, said: str = "content") -> tuple[Score, ...]:
    """How likely the tokens were of what a choice or a piece of one said. Args: said: "content" or "refusal"."""
    told = choice.get("logprobs")
    return scores.read(told.get(said)) if isinstance(told, Mapping) else ()


def first_choice(body: Object) -> Object | None:
    """None where there is none. Only one was asked for. Raises BadAnswer."""
    choices = body.get("choices")
    if choices is None or choices == []:
        return None
    if not isinstance(choices, list) or not isinstance(choices[0], Mapping):
        raise BadAnswer("The provider's choices are no list of objects.")
    return choices[0]


def raise_failure(body: Object) -> None:
    """Raises ProviderFailed where the body says so in spite of its status."""
    if not (error := body.get("error")):
        return
    told: Object = error if isinstance(error, Mapping) else {"message": error}
    code = told.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 502
    message = told.get("message")
    raise ProviderFailed(message if isinstance(message, str) else "The provider failed.", status, str(code or ""))


def finish(reason: object, kinds: set[type[Part]]) -> Finish:
    """Why the model stopped. Raises ProviderFailed.

    Args:
        kinds: of the answer's parts: some servers end calls with "stop".
    """
    if reason == "error":
        raise ProviderFailed("The provider failed while it answered.")
    found = FINISHES.get(reason, Finish.STOP) if isinstance(reason, str) else Finish.STOP
    if found is Finish.STOP and ToolCall in kinds:
        return Finish.TOOL_CALLS
    return Finish.REFUSED if found is Finish.STOP and Refusal in kinds else found


def _parts(message: Object) -> Iterator[Part]:
    yield from reasoning.read(message)
    yield from _cited(list(content(message.get("content"))), message.get("annotations"))
    if refusal := string(message, "refusal"):
        yield Refusal(refusal)
    for each in listed(message.get("images")):
        image = each.get("image_url")
        yield data_urls.media("image", string(image, "url") if isinstance(image, Mapping) else "")
    calls = message.get("tool_calls")
    if calls is not None and not isinstance(calls, list):
        raise BadAnswer("The provider's tool calls are no list.")
    yield from (_call(each) for each in calls or ())


def content(value: object) -> Iterator[Part]:
    """The content of a message or of a delta: a string, or parts, as Mistral has them."""
    if isinstance(value, str):
        if value:
            yield Text(value)
        return
    for part in listed(value):
        if isinstance(text := part.get("text"), str):
            yield Text(text)
        elif isinstance(thoughts := part.get("thinking"), list):
            yield Thinking("".join(string(each, "text") for each in listed(thoughts)))
        elif isinstance(refusal := part.get("refusal"), str):
            yield Refusal(refusal)


def _call(call: object) -> ToolCall:
    if not isinstance(call, Mapping):
        raise BadAnswer("One of the provider's tool calls is no object.")
    called = begun(call)
    return called if called.free_text else replace(called, arguments=called.arguments or "{}")


def begun(call: Object) -> ToolCall:
    """A call, or the first piece of one, with what it says so far. Raises BadAnswer."""
    custom, function = call.get(custom_tools.KIND), call.get("function")
    if isinstance(custom, Mapping) and (name := string(custom, "name")):
        return ToolCall(string(call, "id"), name, string(custom, "input"), free_text=True)
    if not isinstance(function, Mapping) or not (name := string(function, "name")):
        raise BadAnswer("The provider began a tool call without a name, or went on with one that it had not begun.")
    return ToolCall(string(call, "id"), name, string(function, "arguments"))


def _cited(parts: list[Part], annotations: object) -> Iterator[Part]:
    """Annotations are about the one text that answers have."""
    told = tuple(citations(annotations))
    for part in parts:
        yield replace(part, citations=told) if told and isinstance(part, Text) else part
        told = () if isinstance(part, Text) else told


def citations(annotations: object) -> Iterator[Citation]:
    """The sources that a message or a delta names."""
    for each in listed(annotations):
        told = each.get("url_citation")
        if isinstance(told, Mapping):
            start, end = _place(told, "start_index"), _place(told, "end_index")
            yield Citation(string(told, "url"), string(told, "title"), start, end, string(told, "content"))


def _place(told: Object, name: str) -> int | None:
    value = told.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def listed(value: object) -> list[Object]:
    """The objects of a list; none where it is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def string(holder: Object, name: str) -> str:
    """A member that is a string; empty where it is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""
