"""Anthropic Messages, on both sides."""

from typing import Any

import orjson

from tests import anthropic_shapes
from tests.llmproxy.pairs.scenario import TOOL_SCHEMA, Asked, CallTold, Outcome, pieces, sse_events

WIRE, SPEAKS = "anthropic_messages", "anthropic_messages"
ROW: dict[str, Any] = {"wire": WIRE, "auth_scheme": "header", "auth_header_name": "x-api-key"}
BASE, STREAM_TYPE = "/v1", "text/event-stream"
FINISHES = {"stop": "end_turn", "length": "max_tokens", "tools": "tool_use"}


def path(stream: bool) -> str:
    return "/v1/messages"


def ask(asked: Asked, stream: bool) -> dict[str, Any]:
    """The client's request."""
    source = [{"type": "base64", "media_type": "image/png", "data": data} for data in asked.images]
    content = [{"type": "text", "text": asked.text}, *({"type": "image", "source": each} for each in source)]
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if asked.called:
        use = {"type": "tool_use", "id": "toolu_1", "name": asked.called.name, "input": asked.called.arguments}
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": asked.result}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    body: dict[str, Any] = {"model": "public", "max_tokens": asked.max_tokens, "messages": messages}
    body["metadata"] = {"user_id": "u"}
    if asked.system:
        body["system"] = [{"type": "text", "text": asked.system, "cache_control": {"type": "ephemeral"}}]
    if asked.temperature is not None:
        body["temperature"] = asked.temperature
    if asked.tools:
        body["tools"] = [{"name": name, "input_schema": TOOL_SCHEMA} for name in asked.tools]
        body["tool_choice"] = {"type": "auto"}
    if asked.schema:
        body["output_config"] = {"format": {"type": "json_schema", "schema": asked.schema}}
    return {**body, "stream": True} if stream else body


def _outcome(message: dict[str, Any]) -> Outcome:
    blocks = message["content"]
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    calls = tuple(CallTold(block["name"], block["input"]) for block in blocks if block["type"] == "tool_use")
    finish = {told: ours for ours, told in FINISHES.items()}[message["stop_reason"]]
    usage = message["usage"]
    assert message["model"] == "public" and message["type"] == "message" and message["id"].startswith("msg_")
    return Outcome(text, calls, finish, (usage["input_tokens"], usage["output_tokens"]))


def whole(body: bytes) -> Outcome:
    """What the client reads."""
    return _outcome(orjson.loads(body))


def streamed(raw: bytes) -> Outcome:
    """The same, put together as the SDKs do."""
    message: dict[str, Any] = {}
    for name, data in sse_events(raw):
        event = orjson.loads(data)
        assert event["type"] == name
        if name == "message_start":
            message = event["message"]
        elif name == "content_block_start":
            assert event["index"] == len(message["content"])
            message["content"].append(event["content_block"])
        elif name == "content_block_delta":
            _add(message["content"][event["index"]], event["delta"])
        elif name == "message_delta":
            message |= event["delta"]
            message["usage"] |= event["usage"]
    for block in message["content"]:
        if block["type"] == "tool_use":
            block["input"] = orjson.loads(block.pop("json", "") or "{}")
    return _outcome(message)


def _add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    if delta["type"] == "input_json_delta":
        block["json"] = block.get("json", "") + delta["partial_json"]
    elif delta["type"] == "text_delta":
        block["text"] += delta["text"]


def error(body: bytes) -> tuple[str, str]:
    """Type and message of a refusal."""
    told = orjson.loads(body)
    assert told["type"] == "error"
    return told["error"]["type"], told["error"]["message"]


def stream_error(raw: bytes) -> str:
    """The message of the event that ends a stream which failed."""
    name, data = sse_events(raw)[-1]
    assert name == "error"
    return str(error(data.encode())[1])


def faults(body: dict[str, Any], target: str, headers: dict[str, str]) -> list[str]:
    """What the provider refuses."""
    wrong = [] if headers.get("anthropic-version") == "2023-06-01" else ["anthropic-version"]
    return [*wrong, *([] if target == "/v1/messages" else [target]), *anthropic_shapes.faults(body)]


def heard(body: dict[str, Any]) -> Asked:
    """What the provider was asked."""
    blocks = [block for message in body["messages"] for block in message["content"]]
    use = next((block for block in blocks if block["type"] == "tool_use"), None)
    result = next((block for block in blocks if block["type"] == "tool_result"), None)
    output = body.get("output_config", {}).get("format", {})
    return Asked(
        "".join(block["text"] for block in blocks if block["type"] == "text"),
        "".join(block["text"] for block in body.get("system", [])),
        tuple(block["source"]["data"] for block in blocks if block["type"] == "image"),
        tuple(tool["name"] for tool in body.get("tools", [])),
        CallTold(use["name"], use["input"]) if use else None,
        result["content"][0]["text"] if result else "",
        output.get("schema"),
        body["max_tokens"],
        body.get("temperature"),
    )


def _message(outcome: Outcome) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [{"type": "text", "text": outcome.text}] if outcome.text else []
    blocks += [
        {"type": "tool_use", "id": f"toolu_{at}", "name": call.name, "input": call.arguments}
        for at, call in enumerate(outcome.calls)
    ]
    return {
        "id": "msg_up", "type": "message", "role": "assistant", "model": "claude", "content": blocks,
        "stop_reason": FINISHES[outcome.finish], "stop_sequence": None,
        "usage": {"input_tokens": outcome.usage[0], "output_tokens": outcome.usage[1]},
    }  # fmt: skip


def answer(outcome: Outcome) -> bytes:
    """The provider's whole answer."""
    return orjson.dumps(_message(outcome))


def stream(outcome: Outcome) -> list[bytes]:
    """The provider's stream, an event an item."""
    message = _message(outcome)
    start = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": start}, {"type": "ping"}]
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            begun, deltas = {**block, "text": ""}, [{"type": "text_delta", "text": p} for p in pieces(block["text"])]
        else:
            begun = {**block, "input": {}}
            text = orjson.dumps(block["input"]).decode()
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(text)]
        events.append({"type": "content_block_start", "index": index, "content_block": begun})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    ending = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": ending, "usage": {"output_tokens": outcome.usage[1]}})
    events.append({"type": "message_stop"})
    return [b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event)) for event in events]


def refused(message: str) -> bytes:
    """The provider's refusal."""
    return orjson.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": message}})


def stream_failure(message: str) -> bytes:
    """What the provider sends in the middle of a stream that failed."""
    event = {"type": "error", "error": {"type": "overloaded_error", "message": message}}
    return b"event: error\ndata: %b\n\n" % orjson.dumps(event)
