"""OpenAI's chat completions, on both sides."""

from typing import Any

import orjson

from tests.llmproxy.pairs.scenario import TOOL_SCHEMA, Asked, CallTold, Outcome, pieces, sse_events
from tests.openai_shapes import chat_faults

WIRE, SPEAKS = "openai_chat", "openai_chat"
ROW: dict[str, Any] = {"wire": WIRE, "auth_scheme": "bearer"}
BASE, STREAM_TYPE = "/v1", "text/event-stream"
FINISHES = {"stop": "stop", "length": "length", "tools": "tool_calls"}
DATA = "data:image/png;base64,"


def path(stream: bool) -> str:
    return "/v1/chat/completions"


def _call(number: int, call: CallTold) -> dict[str, Any]:
    if isinstance(call.arguments, str):
        return {"id": f"call_{number}", "type": "custom", "custom": {"name": call.name, "input": call.arguments}}
    function = {"name": call.name, "arguments": orjson.dumps(call.arguments).decode()}
    return {"id": f"call_{number}", "type": "function", "function": function}


def ask(asked: Asked, stream: bool) -> dict[str, Any]:
    """The client's request."""
    content: list[dict[str, Any]] = [{"type": "text", "text": asked.text}]
    content += [{"type": "image_url", "image_url": {"url": DATA + data}} for data in asked.images]
    messages: list[dict[str, Any]] = [{"role": "system", "content": asked.system}] if asked.system else []
    messages.append({"role": "user", "content": content if asked.images else asked.text})
    if asked.called:
        messages.append({"role": "assistant", "content": None, "tool_calls": [_call(1, asked.called)]})
        messages.append({"role": "tool", "tool_call_id": "call_1", "content": asked.result})
    body: dict[str, Any] = {"model": "public", "messages": messages, "max_completion_tokens": asked.max_tokens}
    body["user"] = "u"
    if asked.temperature is not None:
        body["temperature"] = asked.temperature
    if asked.tools:
        functions = [{"name": name, "parameters": TOOL_SCHEMA} for name in asked.tools]
        body |= {"tools": [{"type": "function", "function": each} for each in functions], "tool_choice": "auto"}
    if asked.schema:
        form = {"name": "thing", "strict": True, "schema": asked.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return {**body, "stream": True, "stream_options": {"include_usage": True}} if stream else body


def _outcome(message: dict[str, Any], finish: str, usage: dict[str, Any]) -> Outcome:
    functions = [call["function"] for call in message.get("tool_calls") or []]
    calls = tuple(CallTold(each["name"], orjson.loads(each["arguments"])) for each in functions)
    ours = {told: ours for ours, told in FINISHES.items()}[finish]
    return Outcome(message["content"] or "", calls, ours, (usage["prompt_tokens"], usage["completion_tokens"]))


def whole(body: bytes) -> Outcome:
    """What the client reads."""
    told = orjson.loads(body)
    assert told["model"] == "public" and told["object"] == "chat.completion" and told["id"].startswith("chatcmpl-")
    (choice,) = told["choices"]
    return _outcome(choice["message"], choice["finish_reason"], told["usage"])


def streamed(raw: bytes) -> Outcome:
    """The same, put together as the SDKs do."""
    *events, (_, done) = sse_events(raw)
    assert done == "[DONE]"
    message: dict[str, Any] = {"content": "", "tool_calls": []}
    finish, usage = "", {}
    for _, data in events:
        chunk = orjson.loads(data)
        assert chunk["object"] == "chat.completion.chunk" and chunk["model"] == "public"
        usage = chunk["usage"] or usage
        for choice in chunk["choices"]:
            _add(message, choice["delta"])
            finish = choice["finish_reason"] or finish
    return _outcome(message, finish, usage)


def _add(message: dict[str, Any], delta: dict[str, Any]) -> None:
    message["content"] += delta.get("content") or ""
    for call in delta.get("tool_calls", []):
        if call["index"] == len(message["tool_calls"]):
            message["tool_calls"].append({"function": {"name": call["function"]["name"], "arguments": ""}})
        message["tool_calls"][call["index"]]["function"]["arguments"] += call["function"]["arguments"]


def error(body: bytes) -> tuple[str, str]:
    """Type and message of a refusal."""
    told = orjson.loads(body)["error"]
    return told["type"], told["message"]


def stream_error(raw: bytes) -> str:
    """The message of the event that ends a stream which failed."""
    return error(sse_events(raw)[-1][1].encode())[1]


def faults(body: dict[str, Any], target: str, headers: dict[str, str]) -> list[str]:
    """What the provider refuses."""
    return [*([] if target == "/v1/chat/completions" else [target]), *chat_faults(body)]


def _said(body: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """The parts of all messages of a role."""
    contents = [message.get("content") for message in body["messages"] if message["role"] == role]
    return [part for each in contents for part in ([{"text": each}] if isinstance(each, str) else each or [])]


def _text(body: dict[str, Any], role: str) -> str:
    return "".join(part.get("text", "") for part in _said(body, role))


def _called(call: dict[str, Any]) -> CallTold:
    said = call[call["type"]]
    return CallTold(said["name"], said["input"] if "input" in said else orjson.loads(said["arguments"]))


def heard(body: dict[str, Any]) -> Asked:
    """What the provider was asked."""
    calls = [_called(call) for message in body["messages"] for call in message.get("tool_calls", [])]
    form = body.get("response_format", {}).get("json_schema", {})
    return Asked(
        _text(body, "user"),
        _text(body, "system"),
        tuple(part["image_url"]["url"].removeprefix(DATA) for part in _said(body, "user") if "image_url" in part),
        tuple(tool[tool["type"]]["name"] for tool in body.get("tools", [])),
        calls[0] if calls else None,
        _text(body, "tool"),
        form.get("schema"),
        body["max_completion_tokens"],
        body.get("temperature"),
    )


def _usage(outcome: Outcome) -> dict[str, Any]:
    given, made = outcome.usage
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}


def answer(outcome: Outcome) -> bytes:
    """The provider's whole answer."""
    message: dict[str, Any] = {"role": "assistant", "content": outcome.text or None, "refusal": None}
    if outcome.calls:
        message["tool_calls"] = [_call(number, call) for number, call in enumerate(outcome.calls)]
    choice = {"index": 0, "message": message, "finish_reason": FINISHES[outcome.finish], "logprobs": None}
    told = {"id": "chatcmpl-up", "object": "chat.completion", "created": 1, "model": "gpt", "choices": [choice]}
    return orjson.dumps({**told, "usage": _usage(outcome)})


def stream(outcome: Outcome) -> list[bytes]:
    """The provider's stream, an event an item."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in pieces(outcome.text)]
    for number, call in enumerate(outcome.calls):
        told = _call(number, call)
        kind, said = told["type"], "input" if told["type"] == "custom" else "arguments"
        deltas.append({"tool_calls": [{**told, "index": number, kind: {"name": call.name, said: ""}}]})
        for piece in pieces(told[kind][said]):
            deltas.append({"tool_calls": [{"index": number, kind: {said: piece}}]})
    choices = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
    choices += [[{"index": 0, "delta": {}, "finish_reason": FINISHES[outcome.finish]}], []]
    events = [
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt", "choices": each, "usage": None}
        for each in choices
    ]
    events[-1]["usage"] = _usage(outcome)
    return [*(b"data: %b\n\n" % orjson.dumps(event) for event in events), b"data: [DONE]\n\n"]


def refused(message: str) -> bytes:
    """The provider's refusal."""
    return orjson.dumps({"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}})


def stream_failure(message: str) -> bytes:
    """What the provider sends in the middle of a stream that failed."""
    return b"data: %b\n\n" % refused(message)
