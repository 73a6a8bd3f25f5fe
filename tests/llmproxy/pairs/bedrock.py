"""AWS Bedrock Converse: a provider's wire only."""

from typing import Any

import orjson

from llmproxy.wires import aws_event_stream
from tests import aws_shapes, aws_signature
from tests.llmproxy.pairs.scenario import Asked, CallTold, Outcome, first, pieces

WIRE = "bedrock_converse"
ROW: dict[str, Any] = {
    "wire": WIRE, "adapter": "bedrock", "auth_scheme": "aws_sigv4", "options": {"region": "eu-central-1"},
}  # fmt: skip
BASE, STREAM_TYPE = "", "application/vnd.amazon.eventstream"
KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SECRET = f"AKIAIOSFODNN7EXAMPLE:{KEY}"
FINISHES = {"stop": "end_turn", "length": "max_tokens", "tools": "tool_use"}


def faults(body: dict[str, Any], target: str, headers: dict[str, str]) -> list[str]:
    """What the provider refuses."""
    wrong = [] if target in ("/model/up-public/converse", "/model/up-public/converse-stream") else [target]
    if not aws_signature.is_valid("POST", target, headers, orjson.dumps(body), KEY, "eu-central-1"):
        wrong.append("signature")
    return wrong + aws_shapes.faults("bedrock-runtime", "ConverseRequest", body, absent=frozenset({"modelId"}))


def heard(body: dict[str, Any]) -> Asked:
    """What the provider was asked."""
    blocks = [block for message in body["messages"] for block in message["content"]]
    use, result = first(blocks, "toolUse"), first(blocks, "toolResult")
    inference = body.get("inferenceConfig", {})
    output = body.get("outputConfig", {}).get("textFormat", {}).get("structure", {}).get("jsonSchema")
    return Asked(
        "".join(block["text"] for block in blocks if "text" in block),
        "".join(block["text"] for block in body.get("system", []) if "text" in block),
        tuple(block["image"]["source"]["bytes"] for block in blocks if "image" in block),
        tuple(tool["toolSpec"]["name"] for tool in body.get("toolConfig", {}).get("tools", [])),
        CallTold(use["name"], use["input"]) if use else None,
        result["content"][0]["text"] if result else "",
        orjson.loads(output["schema"]) if output else None,
        inference.get("maxTokens", 0),
        inference.get("temperature"),
    )


def _usage(outcome: Outcome) -> dict[str, int]:
    return {"inputTokens": outcome.usage[0], "outputTokens": outcome.usage[1], "totalTokens": sum(outcome.usage)}


def answer(outcome: Outcome) -> bytes:
    """The provider's whole answer."""
    blocks: list[dict[str, Any]] = [{"text": outcome.text}] if outcome.text else []
    blocks += [
        {"toolUse": {"toolUseId": f"tooluse_{at}", "name": call.name, "input": call.arguments}}
        for at, call in enumerate(outcome.calls)
    ]
    body = {
        "output": {"message": {"role": "assistant", "content": blocks}}, "stopReason": FINISHES[outcome.finish],
        "usage": _usage(outcome), "metrics": {"latencyMs": 5},
    }  # fmt: skip
    assert aws_shapes.faults("bedrock-runtime", "ConverseResponse", body) == []
    return orjson.dumps(body)


def stream(outcome: Outcome) -> list[bytes]:
    """The provider's stream, an event an item."""
    told: list[tuple[str, dict[str, Any]]] = [("messageStart", {"role": "assistant"})]
    told += [("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": p}}) for p in pieces(outcome.text)]
    told += [("contentBlockStop", {"contentBlockIndex": 0})] if outcome.text else []
    for at, call in enumerate(outcome.calls, start=1):
        start = {"toolUse": {"toolUseId": f"tooluse_{at}", "name": call.name}}
        told.append(("contentBlockStart", {"contentBlockIndex": at, "start": start}))
        for piece in pieces(orjson.dumps(call.arguments).decode()):
            told.append(("contentBlockDelta", {"contentBlockIndex": at, "delta": {"toolUse": {"input": piece}}}))
        told.append(("contentBlockStop", {"contentBlockIndex": at}))
    told.append(("messageStop", {"stopReason": FINISHES[outcome.finish]}))
    told.append(("metadata", {"usage": _usage(outcome), "metrics": {"latencyMs": 5}}))
    return [aws_event_stream.event(name, orjson.dumps(payload)) for name, payload in told]


def refused(message: str) -> bytes:
    """The provider's refusal."""
    return orjson.dumps({"message": message})


def stream_failure(message: str) -> bytes:
    """What the provider sends in the middle of a stream that failed."""
    return aws_event_stream.exception("modelStreamErrorException", orjson.dumps({"message": message}))
