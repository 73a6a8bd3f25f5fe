"""OpenAI's Responses, on both sides."""

from typing import Any

import orjson

from tests.llmproxy.pairs import openai_chat
from tests.llmproxy.pairs.scenario import TOOL_SCHEMA, Asked, CallTold, Outcome, pieces, sse_events
from tests.openai_shapes import responses_faults

WIRE, SPEAKS = "openai_responses", "openai_responses"
ROW: dict[str, Any] = {"wire": WIRE, "auth_scheme": "bearer"}
BASE, STREAM_TYPE = "/v1", "text/event-stream"
DATA = "data:image/png;base64,"
error, refused = openai_chat.error, openai_chat.refused


def path(stream: bool) -> str:
    return "/v1/responses"


def _call(number: int, call: CallTold) -> dict[str, Any]:
    if isinstance(call.arguments, str):
        told = {"type": "custom_tool_call", "call_id": f"call_{number}"}
        return {**told, "name": call.name, "input": call.arguments}
    arguments = orjson.dumps(call.arguments).decode()
    return {"type": "function_call", "call_id": f"call_{number}", "name": call.name, "arguments": arguments}


def ask(asked: Asked, stream: bool) -> dict[str, Any]:
    """The client's request."""
    content: list[dict[str, Any]] = [{"type": "input_text", "text": asked.text}]
    content += [{"type": "input_image", "image_url": DATA + data, "detail": "auto"} for data in asked.images]
    items: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if asked.called:
        items.append(_call(1, asked.called))
        items.append({"type": "function_call_output", "call_id": "call_1", "output": asked.result})
    plain = not asked.images and not asked.called
    body: dict[str, Any] = {"model": "public", "input": asked.text if plain else items}
    body |= {"max_output_tokens": asked.max_tokens, "store": False, "include": ["reasoning.encrypted_content"]}
    if asked.system:
        body["instructions"] = asked.system
    if asked.temperature is not None:
        body["temperature"] = asked.temperature
    if asked.tools:
        tools = [{"type": "function", "name": name, "parameters": TOOL_SCHEMA, "strict": False} for name in asked.tools]
        body |= {"tools": tools, "tool_choice": "auto"}
    if asked.schema:
        body["text"] = {"format": {"type": "json_schema", "name": "thing", "strict": True, "schema": asked.schema}}
    return {**body, "stream": True} if stream else body


def _outcome(response: dict[str, Any]) -> Outcome:
    assert response["model"] == "public" and response["id"].startswith("resp_")
    items = response["output"]
    text = "".join(part["text"] for item in items if item["type"] == "message" for part in item["content"])
    told = [item for item in items if item["type"] == "function_call"]
    calls = tuple(CallTold(each["name"], orjson.loads(each["arguments"])) for each in told)
    finish = "length" if response["status"] == "incomplete" else "tools" if calls else "stop"
    return Outcome(text, calls, finish, (response["usage"]["input_tokens"], response["usage"]["output_tokens"]))


def whole(body: bytes) -> Outcome:
    """What the client reads."""
    return _outcome(orjson.loads(body))


def streamed(raw: bytes) -> Outcome:
    """The items put together from their deltas, as the SDKs do; the last event has to say the same."""
    output: list[dict[str, Any]] = []
    event: dict[str, Any] = {}
    for number, (name, data) in enumerate(sse_events(raw)):
        event = orjson.loads(data)
        assert (event["type"], event["sequence_number"]) == (name, number)
        if name == "response.output_item.added":
            assert event["output_index"] == len(output)
            output.append(event["item"])
        elif name == "response.content_part.added":
            output[event["output_index"]]["content"].append(event["part"])
        elif name == "response.output_text.delta":
            output[event["output_index"]]["content"][event["content_index"]]["text"] += event["delta"]
        elif name == "response.function_call_arguments.delta":
            output[event["output_index"]]["arguments"] += event["delta"]
    assert event["type"] == f"response.{event['response']['status']}"
    read = _outcome({**event["response"], "output": output})
    assert read == _outcome(event["response"])
    return read


def stream_error(raw: bytes) -> str:
    """The message of the event that ends a stream which failed."""
    name, data = sse_events(raw)[-1]
    assert name == "error"
    return str(orjson.loads(data)["message"])


def faults(body: dict[str, Any], target: str, headers: dict[str, str]) -> list[str]:
    """What the provider refuses."""
    return [*([] if target == "/v1/responses" else [target]), *responses_faults(body)]


def heard(body: dict[str, Any]) -> Asked:
    """What the provider was asked."""
    items = body["input"]
    parts = [part for item in items if item["type"] == "message" for part in item["content"]]
    call = next((item for item in items if item["type"] in ("function_call", "custom_tool_call")), None)
    output = body.get("text", {}).get("format", {})
    return Asked(
        "".join(part.get("text", "") for part in parts),
        body.get("instructions", ""),
        tuple(part["image_url"].removeprefix(DATA) for part in parts if part["type"] == "input_image"),
        tuple(tool["name"] for tool in body.get("tools", [])),
        CallTold(call["name"], call["input"] if "input" in call else orjson.loads(call["arguments"])) if call else None,
        "".join(item["output"] for item in items if item["type"].endswith("_call_output")),
        output.get("schema"),
        body["max_output_tokens"],
        body.get("temperature"),
    )


def _response(outcome: Outcome) -> dict[str, Any]:
    cut = outcome.finish == "length"
    given, made = outcome.usage
    content = [{"type": "output_text", "text": outcome.text, "annotations": []}]
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": content}
    output = [message] if outcome.text else []
    output += [{**_call(number, call), "id": f"fc_{number}"} for number, call in enumerate(outcome.calls)]
    return {
        "id": "resp_up", "object": "response", "model": "gpt", "created_at": 1, "error": None, "output": output,
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "usage": {"input_tokens": given, "output_tokens": made, "total_tokens": given + made},
    }  # fmt: skip


def answer(outcome: Outcome) -> bytes:
    """The provider's whole answer."""
    return orjson.dumps(_response(outcome))


def stream(outcome: Outcome) -> list[bytes]:
    """The provider's stream, an event an item."""
    response = _response(outcome)
    begun = {**response, "output": [], "status": "in_progress", "usage": None}
    told: list[dict[str, Any]] = [
        {"type": f"response.{name}", "response": begun} for name in ("created", "in_progress")
    ]
    for index, item in enumerate(response["output"]):
        told += _item(item, {"output_index": index, "item_id": item["id"]})
    told.append({"type": f"response.{response['status']}", "response": response})
    events = [{**each, "sequence_number": number} for number, each in enumerate(told)]
    return [b"event: %b\ndata: %b\n\n" % (event["type"].encode(), orjson.dumps(event)) for event in events]


def _item(item: dict[str, Any], at: dict[str, Any]) -> list[dict[str, Any]]:
    if item["type"] == "custom_tool_call":
        kind, text, begun = "custom_tool_call_input", item["input"], {**item, "input": ""}
        parts: list[dict[str, Any]] = []
    elif item["type"] == "function_call":
        kind, text, begun = "function_call_arguments", item["arguments"], {**item, "arguments": ""}
        parts = []
    else:
        kind, text, begun, at = (
            "output_text",
            item["content"][0]["text"],
            {**item, "content": []},
            {**at, "content_index": 0},
        )
        parts = [{"type": "response.content_part.added", **at, "part": {**item["content"][0], "text": ""}}]
    told = [{"type": "response.output_item.added", **at, "item": begun}, *parts]
    told += [{"type": f"response.{kind}.delta", **at, "delta": piece} for piece in pieces(text)]
    return [*told, {"type": "response.output_item.done", **at, "item": item}]


def stream_failure(message: str) -> bytes:
    """What the provider sends in the middle of a stream that failed."""
    event = {"type": "error", "code": "server_error", "message": message, "param": None, "sequence_number": 9}
    return b"event: error\ndata: %b\n\n" % orjson.dumps(event)
