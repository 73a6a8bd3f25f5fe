"""How likely the tokens of an answer were, told in the answers of the strict providers where they are asked for it."""

from typing import Any

import orjson

from tests.llmproxy.pairs import gemini, openai_chat, openai_responses

TEXT = "Grüße, 世界"
TOKENS = {"Grüße": -0.125, ", ": -0.25, "世界": -1.5}


def is_asked(wire: object, body: Any) -> bool:
    """Whether the request wants to know."""
    if wire is openai_chat:
        return body.get("logprobs") is True
    if wire is openai_responses:
        return "message.output_text.logprobs" in body.get("include", ())
    return wire is gemini and body.get("generationConfig", {}).get("responseLogprobs") is True


def told(wire: object, said: Any) -> None:
    """Put them into a whole answer, or into the first event of a stream that holds text."""
    if wire is openai_chat:
        for choice in said["choices"]:
            if choice.get("message", choice.get("delta", {})).get("content"):
                choice["logprobs"] = {"content": _openai(), "refusal": None}
    elif wire is gemini:
        chosen = [{"token": token, "logProbability": likely} for token, likely in TOKENS.items()]
        tops = [{"candidates": [each]} for each in chosen]
        said["candidates"][0]["logprobsResult"] = {"chosenCandidates": chosen, "topCandidates": tops}
    else:
        _responses(said)


def in_stream(wire: object, events: list[bytes]) -> list[bytes]:
    """A stream with them: all are told with the first text."""
    done, changed = False, []
    for event in events:
        head, mark, data = event.partition(b"data: ")
        if not done and mark and data.strip() != b"[DONE]":
            said = orjson.loads(data)
            before = orjson.dumps(said)
            if _holds_text(wire, said):
                told(wire, said)
            done = wire is not openai_responses and orjson.dumps(said) != before
            event = head + mark + orjson.dumps(said) + b"\n\n"
        changed.append(event)
    return changed


def _holds_text(wire: object, said: Any) -> bool:
    if wire is gemini:
        parts = said["candidates"][0].get("content", {}).get("parts", ())
        return any(part.get("text") for part in parts)
    return wire is openai_chat or said["type"] in ("response.output_text.delta", "response.completed")


def _responses(said: Any) -> None:
    """In a response that is over all of them; in a delta those of the one token that begins with it."""
    if "delta" in said:
        said["logprobs"] = _openai() if TEXT.startswith(said["delta"]) else []
        return
    for item in said.get("response", said)["output"]:
        for part in item.get("content", ()):
            part["logprobs"] = _openai()


def _openai() -> list[dict[str, Any]]:
    entries = [{"token": token, "logprob": likely, "bytes": list(token.encode())} for token, likely in TOKENS.items()]
    return [{**entry, "top_logprobs": [entry]} for entry in entries]
