"""A provider's whole answer, and what it shares with the stream."""

from collections.abc import Iterator, Mapping
from typing import Any

from llmproxy.wires.canonical.answer import Answer, Finish
from llmproxy.wires.canonical.content import Citation, Media, Part, Refusal, Text, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.openai_chat import scores
from llmproxy.wires.openai_responses import proofs
from llmproxy.wires.taps.openai_responses import usage_from

Object = Mapping[str, Any]
CUSTOM_CALL = "custom_tool_call"
STATUSES = {
    "rate_limit_exceeded": 429,
    "insufficient_quota": 429,
    "invalid_prompt": 400,
    "context_length_exceeded": 400,
}
# What OpenAI ran itself, because the provider's row asked for it: the text says what came of it.
RUN_THERE = frozenset(
    {"web_search_call", "file_search_call", "code_interpreter_call", "mcp_list_tools", "mcp_call", "computer_call"}
)


def read_answer(body: Object) -> Answer:
    """The answer.

    Raises:
        BadAnswer: it is none of this wire, or has not ended.
        ProviderFailed: it says that the provider failed.
    """
    output = body.get("output")
    raise_failure(body)
    if not isinstance(output, list):
        raise BadAnswer("The provider's answer holds no output.")
    content = tuple(part for item in output for part in read_item(item))
    ends = finish(body, {type(part) for part in content})
    return Answer(string(body, "id"), string(body, "model"), content, ends, usage_from(body.get("usage")))


def raise_failure(body: Object) -> None:
    """Raises ProviderFailed where the answer says that it failed."""
    error = body.get("error")
    if not error and body.get("status") not in ("failed", "cancelled"):
        return
    raise failure(error if isinstance(error, Mapping) else {})


def failure(error: Object) -> ProviderFailed:
    """What the provider says of its failure."""
    code = string(error, "code") or string(error, "type")
    return ProviderFailed(string(error, "message") or "The provider failed.", STATUSES.get(code, 502), code)


def finish(body: Object, kinds: set[type[Part]]) -> Finish:
    """Why the model stopped. Raises BadAnswer: it has not."""
    status = body.get("status")
    if status == "incomplete":
        details = body.get("incomplete_details")
        reason = string(details, "reason") if isinstance(details, Mapping) else ""
        return Finish.FILTERED if reason == "content_filter" else Finish.LENGTH
    if status not in ("completed", None):
        raise BadAnswer("The provider's answer has not ended.")
    if ToolCall in kinds:
        return Finish.TOOL_CALLS
    return Finish.REFUSED if Refusal in kinds else Finish.STOP


def read_item(item: object) -> Iterator[Part]:
    """One item of the output. Raises BadAnswer."""
    if not isinstance(item, Mapping):
        raise BadAnswer("An item of the provider's answer is no object.")
    kind = string(item, "type")
    if kind == "message":
        yield from (part for each in listed(item.get("content")) if (part := read_part(each)) is not None)
    elif kind == "function_call":
        yield call(item, string(item, "arguments") or "{}")
    elif kind == CUSTOM_CALL:
        yield call(item, string(item, "input"))
    elif kind == "reasoning":
        yield from proofs.read(thought(item), string(item, "encrypted_content"), string(item, "id"))
    elif kind == "image_generation_call":
        yield Media("image", "image/png", string(item, "result"))
    elif kind not in RUN_THERE:
        raise BadAnswer(f"The provider's answer holds an item of an unknown kind: {kind[:80]}.")


def read_part(part: Object) -> Part | None:
    """A part of a message; None for an empty one."""
    if refusal := string(part, "refusal"):
        return Refusal(refusal)
    text = string(part, "text")
    if not text:
        return None
    sources = tuple(citation(each) for each in listed(part.get("annotations")))
    return Text(text, sources, scores=scores.read(part.get("logprobs")))


def call(item: Object, arguments: str) -> ToolCall:
    """A call, of a function or with free text. Raises BadAnswer."""
    if not (name := string(item, "name")):
        raise BadAnswer("The provider's call of a tool has no name.")
    call_id, free_text = string(item, "call_id") or string(item, "id"), item.get("type") == CUSTOM_CALL
    return ToolCall(call_id, name, arguments, free_text=free_text)


def thought(item: Object) -> str:
    """What can be read of a thought: its summary, or itself where the provider tells it."""
    told = listed(item.get("summary")) or listed(item.get("content"))
    return "\n\n".join(string(each, "text") for each in told)


def citation(annotation: Object) -> Citation:
    """A source on the web, or a file."""
    title = string(annotation, "title") or string(annotation, "filename")
    start, end = place(annotation, "start_index"), place(annotation, "end_index")
    return Citation(string(annotation, "url"), title, start, end)


def place(holder: Object, name: str) -> int | None:
    """A count; None where there is none."""
    value = holder.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def listed(value: object) -> list[Object]:
    """The objects of a list; none where it is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def string(holder: Object, name: str) -> str:
    """A member that is a string; empty where it is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""
