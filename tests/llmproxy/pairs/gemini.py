"""Gemini's generateContent, on both sides."""

from typing import Any

import orjson

from tests import gemini_shapes
from tests.llmproxy.pairs.scenario import TOOL_SCHEMA, Asked, CallTold, Outcome, first, pieces, sse_events

WIRE, SPEAKS = "gemini", "gemini"
ROW: dict[str, Any] = {"wire": WIRE, "auth_scheme": "header", "auth_header_name": "x-goog-api-key"}
BASE, STREAM_TYPE = "/v1beta", "text/event-stream"


def path(stream: bool) -> str:
    return f"/v1beta/models/public:{'streamGenerateContent?alt=sse' if stream else 'generateContent'}"


def ask(asked: Asked, stream: bool) -> dict[str, Any]:
    """The client's request."""
    images = [{"inlineData": {"mimeType": "image/png", "data": data}} for data in asked.images]
    contents: list[dict[str, Any]] = [{"role": "user", "parts": [{"text": asked.text}, *images]}]
    if asked.called:
        call = {"functionCall": {"name": asked.called.name, "args": asked.called.arguments}}
        result = {"functionResponse": {"name": asked.called.name, "response": {"output": asked.result}}}
        contents += [{"role": "model", "parts": [call]}, {"role": "user", "parts": [result]}]
    config: dict[str, Any] = {"maxOutputTokens": asked.max_tokens}
    if asked.temperature is not None:
        config["temperature"] = asked.temperature
    if asked.schema:
        config |= {"responseMimeType": "application/json", "responseJsonSchema": asked.schema}
    body: dict[str, Any] = {"contents": contents, "generationConfig": config}
    if asked.system:
        body["systemInstruction"] = {"parts": [{"text": asked.system}]}
    if asked.tools:
        declared = [{"name": name, "parametersJsonSchema": TOOL_SCHEMA} for name in asked.tools]
        body["tools"] = [{"functionDeclarations": declared}]
    return body


def _outcome(chunks: list[dict[str, Any]]) -> Outcome:
    candidates = [chunk["candidates"][0] for chunk in chunks if chunk.get("candidates")]
    parts = [part for candidate in candidates for part in candidate.get("content", {}).get("parts", [])]
    calls = tuple(CallTold(p["functionCall"]["name"], p["functionCall"]["args"]) for p in parts if "functionCall" in p)
    reason = next(each["finishReason"] for each in reversed(candidates) if "finishReason" in each)
    usage = next(chunk["usageMetadata"] for chunk in reversed(chunks) if "usageMetadata" in chunk)
    assert all(chunk["modelVersion"] == "public" and chunk["responseId"] for chunk in chunks)
    finish = "tools" if calls else {"STOP": "stop", "MAX_TOKENS": "length"}[reason]
    text = "".join(part["text"] for part in parts if "text" in part and not part.get("thought"))
    return Outcome(text, calls, finish, (usage["promptTokenCount"], usage["candidatesTokenCount"]))


def whole(body: bytes) -> Outcome:
    """What the client reads."""
    return _outcome([orjson.loads(body)])


def streamed(raw: bytes) -> Outcome:
    """The same, put together as the SDKs do."""
    return _outcome([orjson.loads(data) for _, data in sse_events(raw)])


def error(body: bytes) -> tuple[str, str]:
    """Status and message of a refusal."""
    told = orjson.loads(body)["error"]
    return told["status"], told["message"]


def stream_error(raw: bytes) -> str:
    """The message of the event that ends a stream which failed."""
    return error(sse_events(raw)[-1][1].encode())[1]


def faults(body: dict[str, Any], target: str, headers: dict[str, str]) -> list[str]:
    """What the provider refuses."""
    known = ("/v1beta/models/up-public:generateContent", "/v1beta/models/up-public:streamGenerateContent?alt=sse")
    return [*([] if target in known else [target]), *gemini_shapes.faults(body)]


def heard(body: dict[str, Any]) -> Asked:
    """What the provider was asked."""
    parts = [part for content in body["contents"] for part in content["parts"]]
    call, result = first(parts, "functionCall"), first(parts, "functionResponse")
    config = body.get("generationConfig", {})
    return Asked(
        "".join(part["text"] for part in parts if "text" in part),
        "".join(part["text"] for part in body.get("systemInstruction", {}).get("parts", [])),
        tuple(part["inlineData"]["data"] for part in parts if "inlineData" in part),
        tuple(each["name"] for tool in body.get("tools", []) for each in tool["functionDeclarations"]),
        CallTold(call["name"], call["args"]) if call else None,
        result["response"]["output"] if result else "",
        config.get("responseJsonSchema"),
        config.get("maxOutputTokens", 0),
        config.get("temperature"),
    )


def _chunk(*parts: dict[str, Any], **candidate: Any) -> dict[str, Any]:
    candidates = [{"content": {"role": "model", "parts": list(parts)}, "index": 0, **candidate}]
    return {"candidates": candidates, "responseId": "r", "modelVersion": "gemini-x"}


def _end(outcome: Outcome) -> dict[str, Any]:
    tokens = {"promptTokenCount": outcome.usage[0], "candidatesTokenCount": outcome.usage[1]}
    return {"usageMetadata": {**tokens, "totalTokenCount": sum(outcome.usage)}}


def _calls(outcome: Outcome) -> list[dict[str, Any]]:
    return [{"functionCall": {"name": call.name, "args": call.arguments}} for call in outcome.calls]


def _reason(outcome: Outcome) -> str:
    return "MAX_TOKENS" if outcome.finish == "length" else "STOP"


def answer(outcome: Outcome) -> bytes:
    """The provider's whole answer."""
    texts = [{"text": outcome.text}] if outcome.text else []
    return orjson.dumps({**_chunk(*texts, *_calls(outcome), finishReason=_reason(outcome)), **_end(outcome)})


def stream(outcome: Outcome) -> list[bytes]:
    """The provider's stream, an event an item."""
    chunks = [_chunk({"text": piece}) for piece in pieces(outcome.text)]
    chunks += [_chunk(call) for call in _calls(outcome)]
    chunks.append({**_chunk({"text": ""}, finishReason=_reason(outcome)), **_end(outcome)})
    return [b"data: %b\r\n\r\n" % orjson.dumps(chunk) for chunk in chunks]


def refused(message: str) -> bytes:
    """The provider's refusal."""
    return orjson.dumps({"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}})


def stream_failure(message: str) -> bytes:
    """What the provider sends in the middle of a stream that failed."""
    return b"data: %b\r\n\r\n" % orjson.dumps({"error": {"code": 503, "message": message, "status": "UNAVAILABLE"}})
