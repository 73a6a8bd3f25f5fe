"""A chat answer on the wire: whole, or as server-sent events with the faults that were asked for."""

from collections.abc import Iterator
from typing import Any

import orjson

from llmproxy.simulator.chat import Chat, Choice
from llmproxy.simulator.faults import Plan
from llmproxy.simulator.models import CREATED
from llmproxy.simulator.response import Reset, Step, Until
from llmproxy.simulator.tokens import split
from llmproxy.simulator.tools import ToolCall

DONE = b"data: [DONE]\n\n"
BROKEN = b'data: {"id": "chatcmpl-broken", "choices": [{"index": 0, "delta": {"content": \n\n'


def whole(answer: Chat) -> bytes:
    """The answer in one piece."""
    choices = [
        {"index": each.index, "message": _message(each), "logprobs": None, "finish_reason": each.finish_reason}
        for each in answer.choices
    ]
    return orjson.dumps({**_head(answer, "chat.completion"), "choices": choices, "usage": answer.usage})


def faulty(body: bytes, plan: Plan) -> Iterator[Step]:
    """A body in one piece, with the faults that apply to one. `cutoff` and `reset` leave half of it."""
    if plan.malformed:
        yield body[: len(body) // 2] + b"}}"
    elif plan.cutoff is not None or plan.reset is not None:
        yield body[: len(body) // 2]
        if plan.reset is not None:
            yield Reset()
    else:
        if plan.silent:
            yield body[: len(body) // 2]
            yield Until(plan.silent)
            body = body[len(body) // 2 :]
        yield body


def events(answer: Chat, plan: Plan) -> Iterator[Step]:
    """The stream, made as it is read."""
    silent_at = max(1, _chunks_in(answer, plan) // 2)
    pause = plan.chunk / plan.rate if plan.rate else 0.0
    due = 0.0
    for sent, event in enumerate(_chunks(answer, plan)):
        if plan.cutoff is not None and sent >= plan.cutoff:
            return
        if plan.reset is not None and sent >= plan.reset:
            yield Reset()
        if sent == silent_at:
            due += plan.silent
            if plan.malformed:
                yield BROKEN
        if due:
            yield Until(due)
        yield event
        due += pause
    yield from _ended(plan)


def _ended(plan: Plan) -> Iterator[Step]:
    if plan.reset is not None:  # asked for after more chunks than there were
        yield Reset()
    elif plan.cutoff is None:
        yield DONE


def _chunks_in(answer: Chat, plan: Plan) -> int:
    return sum(len(choice.pieces) // plan.chunk + 2 for choice in answer.choices)


def _chunks(answer: Chat, plan: Plan) -> Iterator[bytes]:
    wire = _Wire(answer)
    for choice in answer.choices:
        role: dict[str, Any] = {"role": "assistant", "content": None if choice.calls else ""}
        yield wire.chunk(choice.index, {**role, "refusal": None})
        for number, call in enumerate(choice.calls):
            for delta in _call_deltas(number, call):
                yield wire.chunk(choice.index, {"tool_calls": [delta]})
        for at in range(0, len(choice.pieces), plan.chunk):
            yield wire.chunk(choice.index, {"content": "".join(choice.pieces[at : at + plan.chunk])})
        yield wire.chunk(choice.index, {}, choice.finish_reason)
    if answer.include_usage:
        yield wire.usage(answer.usage)


class _Wire:
    """Chunks share their head and their end; only the delta is rendered for each."""

    def __init__(self, answer: Chat) -> None:
        head = orjson.dumps(_head(answer, "chat.completion.chunk"))
        self._head = b"data: " + head[:-1]
        self._end = b',"usage":null}\n\n' if answer.include_usage else b"}\n\n"

    def chunk(self, index: int, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._head + b',"choices":[' + orjson.dumps(choice) + b"]" + self._end

    def usage(self, usage: dict[str, Any]) -> bytes:
        return self._head + b',"choices":[],"usage":' + orjson.dumps(usage) + b"}\n\n"


def _call_deltas(number: int, call: ToolCall) -> Iterator[dict[str, Any]]:
    function = {"name": call.name, "arguments": ""}
    yield {"index": number, "id": call.id, "type": "function", "function": function}
    for piece in split(call.arguments):
        yield {"index": number, "function": {"arguments": piece}}


def _message(choice: Choice) -> dict[str, Any]:
    content = None if choice.calls else "".join(choice.pieces)
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    if choice.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in choice.calls
        ]
    return message


def _head(answer: Chat, kind: str) -> dict[str, Any]:
    return {
        "id": answer.id,
        "object": kind,
        "created": CREATED,
        "model": answer.model,
        "system_fingerprint": answer.fingerprint,
    }
